"""How often the films of the sandbox change."""

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Pace:
    """How much happens: shares of the films, per day, unless it says otherwise.

    TMDB named 6,595 to 11,785 changed films a day in 2025 and 2026, of some 1.1 million, and grew by about 330 films a
    day. How many films are deleted or merged is a guess: of 400 recorded rows of its feed, 22 were deleted or new.

    By default, a fixed share of the films moves a day, whatever votes they have. At TMDB votes come in proportion to
    votes, and popularity changes daily; `tmdb` stands for that, and for a change feed as long as TMDB's.
    """

    added: float = 0.0003
    edited: float = 0.0065
    moved: float = 0.02
    """Films whose votes and popularity change, while `voted` is 0. The feed does not name them."""
    deleted: float = 0.0001
    merged: float = 0.00003
    returned: float = 0.003
    """Of the films deleted so far."""
    voted: float = 0.0
    """How fast votes come, as a multiple of TMDB's pace; then popularity changes daily, and `moved` means nothing."""
    elsewhere: int = 0
    """How many films a day the feed names that are none of the sandbox: TMDB's names some 9,200, whatever one keeps."""

    def __post_init__(self) -> None:
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share of the films from 0 to 1, not {getattr(self, name)}")
        if not 0 <= self.voted <= _FASTEST:
            raise ValueError(f"voted is a multiple of TMDB's pace from 0 to {_FASTEST}, not {self.voted}")
        if not 0 <= self.elsewhere <= _MOST_ELSEWHERE or self.elsewhere != int(self.elsewhere):
            raise ValueError(f"elsewhere is a number of films up to {_MOST_ELSEWHERE:,}, not {self.elsewhere}")

    @classmethod
    def parse(cls, text: str) -> "Pace":
        """Read `edited=0.005,moved=0.02`; what is not named keeps its default. `tmdb` is TMDB's pace of votes.

        >>> Pace.parse("edited=0.5,deleted=0").edited
        0.5
        >>> Pace.parse("tmdb,edited=0.005")
        Pace(added=0.0003, edited=0.005, moved=0.02, deleted=0.0001, merged=3e-05, returned=0.003, voted=1.0, \
elsewhere=9200)

        Raises:
            ValueError: A name is unknown, or a value is none that it can have.
        """
        told: dict[str, Any] = {}
        for item in filter(None, (item.strip() for item in text.split(","))):
            name, _, value = item.partition("=")
            if item == "tmdb":
                told |= _AS_TMDB
                continue
            if name not in _NAMES:
                raise ValueError(
                    f"{item!r} is none of a pace; it is written like edited=0.005 with {', '.join(_NAMES)}, or tmdb"
                )
            try:
                told[name] = int(value) if name == "elsewhere" else float(value)
            except ValueError:
                wanted = "a number of films" if name == "elsewhere" else f"a number, such as {name}=0.005"
                raise ValueError(f"{item!r} is none of a pace: it needs {wanted}") from None
        return cls(**told)


_NAMES = [field.name for field in fields(Pace)]
_SHARES = [name for name in _NAMES if name not in ("voted", "elsewhere")]
# 92 pages of a hundred films: the middle of the days that were counted.
_AS_TMDB = {"voted": 1.0, "elsewhere": 9_200}
_FASTEST, _MOST_ELSEWHERE = 100, 50_000
