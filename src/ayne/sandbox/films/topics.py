"""The genres and keywords of invented films."""

from functools import cache

from ayne.sandbox.chance import SIZE, Dice

from . import words
from .columns import GENRES, Keyword
from .drawn import Drawn

_FIRST_KEYWORD = 100
_KEYWORDS = (*words.KEYWORDS, *(f"{topic} {turn}" for turn in words.TURNS for topic in words.TOPICS))
_KEYWORD_COUNTS = (0, 0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 9)

_GENRE_LISTS = 2048
_GENRE_COUNTS = (*[0] * 3, *[1] * 17, *[2] * 15, *[3] * 11, *[4] * 4)
_GENRE_CROWD = (*GENRES, *[18] * 12, *[35] * 8, *[99] * 6, *[53, 10749, 27, 28] * 3)


@cache
def keyword(keyword_id: int) -> Keyword | None:
    """Return a keyword; None when there is none with this id."""
    number = keyword_id - _FIRST_KEYWORD
    return Keyword(keyword_id, _KEYWORDS[number]) if 0 <= number < len(_KEYWORDS) else None


def _keyword_list(number: int) -> tuple[Keyword, ...]:
    dice = Dice("keywords", number)
    # The first ones are the common ones.
    ids = [_FIRST_KEYWORD + dice.below(1 + dice.below(len(_KEYWORDS))) for _ in range(dice.pick(_KEYWORD_COUNTS))]
    return tuple(found for each in dict.fromkeys(ids) if (found := keyword(each)))


def listed_genres(key: str, crowd: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Return lists of none to four genres, in no order; what stands in the crowd more often is in more of them."""

    def genres(number: int) -> tuple[int, ...]:
        dice = Dice(key, number)
        return tuple(dict.fromkeys(dice.pick(crowd) for _ in range(dice.pick(_GENRE_COUNTS))))

    return tuple(map(genres, range(_GENRE_LISTS)))


#: What the code of a list of keywords means.
KEYWORD_LISTS = Drawn(SIZE, _keyword_list)


@cache
def genre_lists() -> tuple[tuple[int, ...], ...]:
    """Return what the code of a list of genres means. Every row of a list shows genres, so these are ready at hand."""
    return listed_genres("genres", _GENRE_CROWD)
