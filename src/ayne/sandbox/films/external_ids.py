"""Ids of invented films at other sites; the film's id can be read from them, so that `/find` needs no index."""

import re

_WIKIDATA_BASE, _WIKIDATA_STEP = 1_000_000, 8
_HANDLES = {"facebook_id": "film", "instagram_id": "film.", "twitter_id": "film_"}
_NUMBER = re.compile("[1-9][0-9]{0,8}")


def wikidata_id(film_id: int, revision: int) -> str:
    """Return the Wikidata id of a film; another one for each revision, the next seven at least.

    >>> wikidata_id(100, 0)
    'Q1000800'
    """
    return f"Q{_WIKIDATA_BASE + _WIKIDATA_STEP * film_id + revision % _WIKIDATA_STEP}"


def handle(source: str, film_id: int) -> str:
    """Return what a film is called at a site, such as `facebook_id`.

    >>> handle("twitter_id", 100)
    'film_100'
    """
    return f"{_HANDLES[source]}{film_id}"


def film_called(source: str, name: str) -> int | None:
    """Return the id of the only film that can be called so; None when none can.

    >>> film_called("wikidata_id", "Q1000801"), film_called("twitter_id", "film_100"), film_called("twitter_id", "100")
    (100, 100, None)
    """
    prefix = "Q" if source == "wikidata_id" else _HANDLES.get(source)
    if prefix is None or not name.startswith(prefix):
        return None
    digits = name.removeprefix(prefix)
    if not _NUMBER.fullmatch(digits):
        return None
    return (int(digits) - _WIKIDATA_BASE) // _WIKIDATA_STEP if source == "wikidata_id" else int(digits)
