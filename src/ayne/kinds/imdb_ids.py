"""Read IMDb's ids, however they are written."""

# Pure: values in, values out.

from __future__ import annotations

import re

# Each sort of id begins with letters of its own, and has pages of its own.
_WRITTEN = {
    letters: re.compile(
        rf"(?:(?:https?://)?(?:[a-z]+\.)?imdb\.com/(?:[a-z-]{{2,5}}/)?{page}/({letters}[0-9]{{7,10}})(?:[/?#].*)?"
        rf"|({letters}[0-9]{{7,10}})/?)",
        re.ASCII | re.IGNORECASE,
    )
    for letters, page in (("tt", "title"), ("nm", "name"), ("co", "company"))
}

# What copying brings along and nobody sees.
_BLANKS = " \t\r\n\f\v\xa0\u200b\ufeff"


def imdb_id_of(text: object, letters: str = "tt") -> str | None:
    """Return the id of a title, which may stand between blanks or in an address; None for anything else.

    Args:
        text: what it is read from.
        letters: what ids of its sort begin with: tt of titles, nm of people, co of companies.

    >>> imdb_id_of(" tt0137523 "), imdb_id_of("https://www.imdb.com/title/tt0137523/?ref_=nv"), imdb_id_of("nm0000093")
    ('tt0137523', 'tt0137523', None)
    >>> imdb_id_of("https://www.imdb.com/name/nm0000093/", "nm")
    'nm0000093'
    """
    found = _WRITTEN[letters].fullmatch(text.strip(_BLANKS)) if isinstance(text, str) else None
    return (found[1] or found[2]).lower() if found else None


def any_imdb_id(text: object) -> str | None:
    """Return the id of a title, a person or a company, written in any way; None for anything else.

    >>> any_imdb_id("nm0000093"), any_imdb_id("tt0137523"), any_imdb_id("550")
    ('nm0000093', 'tt0137523', None)
    """
    return next(filter(None, (imdb_id_of(text, letters) for letters in _WRITTEN)), None)


def numbered(number: int, letters: str = "tt") -> str:
    """Return the id for a number, with at least seven digits.

    >>> numbered(137523), numbered(93, "nm")
    ('tt0137523', 'nm0000093')
    """
    return f"{letters}{number:07}"


def same_title(one: str, other: object) -> bool:
    """Return whether two ids are of the same title: leading zeros of the number do not count.

    >>> same_title("tt00000022", "tt0000022"), same_title("tt0000022", "tt0000220")
    (True, False)
    """
    found = imdb_id_of(other)
    return found is not None and int(found[2:]) == int(one[2:])
