"""IMDb's ids, in whatever way they were written down."""

# Pure: values in, values out.

from __future__ import annotations

import re

_WRITTEN = re.compile(
    r"(?:(?:https?://)?(?:[a-z]+\.)?imdb\.com/(?:[a-z-]{2,5}/)?title/(tt[0-9]{7,10})(?:[/?#].*)?|(tt[0-9]{7,10})/?)",
    re.ASCII | re.IGNORECASE,
)

# What copying brings along and nobody sees.
_BLANKS = " \t\r\n\f\v\xa0\u200b\ufeff"


def imdb_id_of(text: object) -> str | None:
    """The id of a title, which may stand between blanks or in the address of its page; None for anything else.

    >>> imdb_id_of(" tt0137523 "), imdb_id_of("https://www.imdb.com/title/tt0137523/?ref_=nv"), imdb_id_of("nm0000093")
    ('tt0137523', 'tt0137523', None)
    """
    found = _WRITTEN.fullmatch(text.strip(_BLANKS)) if isinstance(text, str) else None
    return (found[1] or found[2]).lower() if found else None


def numbered(number: int) -> str:
    """The id of a title by its number, which has seven digits at least.

    >>> numbered(137523), numbered(23786990)
    ('tt0137523', 'tt23786990')
    """
    return f"tt{number:07}"


def same_title(one: str, other: object) -> bool:
    """Whether an id is that of the same title: zeros in front of its number say nothing.

    >>> same_title("tt00000022", "tt0000022"), same_title("tt0000022", "tt0000220")
    (True, False)
    """
    found = imdb_id_of(other)
    return found is not None and int(found[2:]) == int(one[2:])
