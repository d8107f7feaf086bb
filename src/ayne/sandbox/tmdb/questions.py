"""The question to an endpoint, and the mistakes that it can contain.

An endpoint is a function from a question to the body of its answer. What it cannot answer it raises as a mistake, by
TMDB's own number of the error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ayne.sandbox.answers import Request
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.drift import STILL, Snapshot
from ayne.sandbox.pages import MOST_PAGES, Totals
from ayne.sandbox.television import Television
from ayne.sandbox.world import World

MISSING, NO_ID, NO_PAGE, NO_DATE = 34, 6, 22, 23
DENIED, WRONG_PARAMETERS, LONG_RANGE, TOO_MANY_PARTS = 3, 5, 20, 27


class Mistake(Exception):
    """A question that TMDB answers with an error."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Question:
    """A request to one endpoint, and the world that it asks about."""

    request: Request
    parameters: dict[str, str]
    subjects: tuple[str, ...]
    """What stands in the path where the table of endpoints has a `{}`: ids."""
    now: float
    """Seconds since 1970."""
    world: World
    totals: Totals = "true"
    short_pages: float = 0.0
    snapshot: Snapshot = STILL
    """The order of a list as the page that is asked for shows it."""

    @property
    def subject(self) -> str:
        """The first id in the path; "" when there is none."""
        return self.subjects[0] if self.subjects else ""

    @property
    def catalogue(self) -> Catalogue:
        """The films that lists and searches know of now."""
        return self.world.listed(self.now)

    @property
    def television(self) -> Television:
        """The series that lists and searches know of now."""
        return self.world.television.listed(self.now)

    @property
    def today(self) -> date:
        """The day on which the question is asked (UTC)."""
        return datetime.fromtimestamp(self.now, UTC).date()

    def page(self) -> int:
        """Return the page that is asked for.

        Raises:
            Mistake: There is no such page, whatever is listed.
        """
        text = self.parameters.get("page", "1")
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PAGES))
        if not is_number or not 1 <= int(text) <= MOST_PAGES:
            raise Mistake(NO_PAGE)
        return int(text)

    def number(self) -> int:
        """Return the first id in the path.

        Raises:
            Mistake: It is a name where a number should be, or nothing at all.
        """
        # No id has more digits than a column of 32 bits can hold.
        if self.subject.isascii() and self.subject.isdigit() and len(self.subject) < 11:
            return int(self.subject)
        raise Mistake(NO_ID if self.subject and not self.subject.isdigit() else MISSING)

    def film_id(self) -> int | str:
        """Return the id in the path: a number, or an IMDb id as it is.

        Raises:
            Mistake: It is neither.
        """
        return self.subject if self.subject.startswith("tt") else self.number()

    def day(self, name: str) -> date | None:
        """Return the date that a parameter names, without the time that may follow it; None when it is absent.

        Raises:
            Mistake: It is no date.
        """
        text = self.parameters.get(name, "").strip()
        if not text:
            return None
        day, rest = text[:10], text[10:]
        try:
            found = date.fromisoformat(day)
        except ValueError:
            raise Mistake(NO_DATE) from None
        # `fromisoformat` reads other spellings as well, such as 2024-W01-1; and a time stands apart from its date.
        if found.isoformat() != day or rest[:1].isdigit():
            raise Mistake(NO_DATE)
        return found


Endpoint = Callable[[Question], object]
