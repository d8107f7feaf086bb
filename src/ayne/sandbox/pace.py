"""How much happens to the films of the sandbox."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Pace:
    """How much happens: shares of the films, per day.

    TMDB named 6,595 to 11,785 changed films a day in 2025 and 2026, of some 1.1 million, and grew by about 330 films a
    day. How many films are deleted or merged is a guess: of 400 recorded rows of its feed, 22 were deleted or new.
    """

    added: float = 0.0003
    edited: float = 0.0065
    moved: float = 0.02
    """Films whose votes and popularity change. The feed does not name them."""
    deleted: float = 0.0001
    merged: float = 0.00003
    returned: float = 0.003
    """Of the films deleted so far."""

    def __post_init__(self) -> None:
        for name in _names():
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share of the films from 0 to 1, not {getattr(self, name)}")

    @classmethod
    def parse(cls, text: str) -> "Pace":
        """Read `edited=0.005,moved=0.02`; what is not named keeps its default.

        >>> Pace.parse("edited=0.5,deleted=0").edited
        0.5

        Raises:
            ValueError: A name is unknown, or a value is not a share.
        """
        shares = {}
        for item in filter(None, (item.strip() for item in text.split(","))):
            name, _, value = item.partition("=")
            if name not in _names():
                raise ValueError(
                    f"{item!r} is none of a pace; it is written like edited=0.005 with {', '.join(_names())}"
                )
            try:
                shares[name] = float(value)
            except ValueError:
                raise ValueError(f"{item!r} needs a share of the films, such as {name}=0.005") from None
        return cls(**shares)


def _names() -> list[str]:
    return [field.name for field in fields(Pace)]
