"""What a copy of all of TMDB costs, on paper: values in, values out. What goes in was measured or recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ayne.data_collection.refresh import RefreshPolicy, StoredCopy

FILMS_A_PAGE = 20
CHANGES_A_PAGE = 100
DAY = 86_400

# What TMDB said it lists (`total_results` of a discovery without a filter), in answers recorded on these days. Of the
# third and the last only the month is known.
RECORDED_TOTALS = {
    date(2022, 11, 26): 721_026,
    date(2024, 3, 20): 862_326,
    date(2025, 1, 15): 968_916,
    date(2025, 12, 24): 1_086_200,
    date(2026, 5, 24): 1_139_978,
    date(2026, 8, 15): 1_166_466,
}
# How many films the change feed named for a day, in recorded answers: the least and the most of three.
RECORDED_CHANGES = (6_595, 11_785)
# A whole copy of television that somebody counted in September 2026.
RECORDED_SERIES, RECORDED_EPISODES = 231_000, 6_600_000
# Headers of an answer, and of a request: `ayne plan` reckons with the same.
HEADERS = 700

# A month of a gigabyte (10^9 bytes) on Amazon's EBS gp3 in us-east-1, "as of early 2026": ebs-optimization.md of
# github.com/aws/agent-toolkit-for-aws. A file that is written to needs a disk; what is only kept costs a third of it.
DOLLARS_A_GIGABYTE = 0.08


@dataclass(frozen=True, slots=True)
class Film:
    """What one film costs, in bytes.

    Attributes:
        wire: its answer, compressed as it comes, without headers.
        rows: its rows in the file.
        answer: its answer as it is kept in the file.
    """

    wire: float
    rows: float
    answer: float


@dataclass(frozen=True, slots=True)
class Lists:
    """What lists cost.

    Attributes:
        overhead: requests for them, as a multiple of the fewest possible.
        wire: bytes of a page, compressed, without headers.
    """

    overhead: float
    wire: float

    def requests(self, films: float) -> float:
        """Requests to list so many films."""
        return self.overhead * films / FILMS_A_PAGE


@dataclass(frozen=True, slots=True)
class Cost:
    """What a mirror costs: once, but for the dollars of each month."""

    requests: float
    wire: float
    file: float
    file_without_answers: float

    def hours(self, rate: float) -> float:
        """How long its requests take at so many a second."""
        return self.requests / rate / 3600

    @property
    def dollars(self) -> float:
        """What a disk for the file costs a month."""
        return self.file / 1e9 * DOLLARS_A_GIGABYTE


def cost(films: float, film: Film, lists: Lists) -> Cost:
    """What it costs to list and fetch so many films. A film is one request, whatever parts come with it.

    >>> two = cost(2_000, Film(wire=800, rows=700, answer=300), Lists(overhead=1.5, wire=5_000))
    >>> two.requests, two.file, round(two.hours(0.5), 2)
    (2150.0, 2000000, 1.19)
    """
    pages = lists.requests(films)
    requests = films + pages
    return Cost(
        requests=requests,
        wire=films * film.wire + pages * lists.wire + requests * HEADERS,
        file=films * (film.rows + film.answer),
        file_without_answers=films * film.rows,
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """How films lie in time.

    Attributes:
        due_share: what share of them comes due by age on a day, once all have been fetched.
        recent_share: what share lies in the span that a sync lists every day: last year's and later.
    """

    due_share: float
    recent_share: float


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Requests of one day that keep a mirror fresh.

    Attributes:
        feed: pages of the change feed.
        changed: films that it names.
        due: films whose copies reach the age that the policy allows them.
        added: films that are new.
        lists: pages of lists: what is recent each day, all that is older once a month.
    """

    feed: float
    changed: float
    due: float
    added: float
    lists: float

    @property
    def requests(self) -> float:
        """All of them."""
        return self.feed + self.changed + self.due + self.added + self.lists


def upkeep(films: float, shape: Shape, changed_share: float, added: float, lists: Lists) -> Upkeep:
    """What a day takes. A film that changed is reckoned as due by age as well: what that spares is left out."""
    changed = films * changed_share
    walked = films * (shape.recent_share + (1 - shape.recent_share) / RefreshPolicy().older_span.days)
    return Upkeep(
        feed=changed / CHANGES_A_PAGE,
        changed=changed,
        due=films * shape.due_share,
        added=added,
        lists=lists.requests(walked),
    )


def shape(films: Iterable[tuple[int, int, float]], today: date) -> Shape:
    """The shape of films that are told by day (0 for none), votes and popularity, under the default policy.

    >>> old, new = (date(1950, 1, 1).toordinal(), 0, 0.1), (date(2026, 5, 1).toordinal(), 0, 9.0)
    >>> shape([old, new], date(2026, 6, 1))
    Shape(due_share=0.17, recent_share=0.5)
    """
    now = datetime(today.year, today.month, today.day, tzinfo=UTC)
    policy, first_recent = RefreshPolicy(), date(today.year - 1, 1, 1).toordinal()
    number = recent = 0
    a_day = 0.0
    for day, votes, popularity in films:
        release = date.fromordinal(day) if day else None
        copy = StoredCopy(number, None, release, None, vote_count=votes, popularity=popularity)
        a_day += DAY / policy.allowed(copy, now).total_seconds()
        recent += day >= first_recent
        number += 1
    return Shape(round(a_day / number, 5), round(recent / number, 5))


def growth(totals: dict[date, int] = RECORDED_TOTALS) -> tuple[float, float]:
    """Films that TMDB gains in a year, and by what share it grows: from the first recorded total to the last.

    >>> films, share = growth({date(2024, 1, 1): 1_000, date(2026, 1, 1): 1_210})
    >>> round(films), round(share, 2)
    (105, 0.1)
    """
    first, last = min(totals), max(totals)
    years = (last - first).days / 365.25
    return (totals[last] - totals[first]) / years, (totals[last] / totals[first]) ** (1 / years) - 1


def through(first: tuple[float, float], second: tuple[float, float], at: float) -> float:
    """What a straight line through two points says at a third place.

    >>> through((10, 100.0), (100, 190.0), 1_000)
    1090.0
    """
    (x, y), (other_x, other_y) = first, second
    return y + (other_y - y) * (at - x) / (other_x - x)
