"""Read what a text of a list says about a film: ids, addresses, and names of media servers.

People have ids as numbers, as IMDb's ``tt…``, as addresses of pages, and as media servers write them. A text is read as
what it says for certain; of anything else the reason is kept.
"""

# Pure: values in, values out.

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from ayne.kinds import MOVIE, Kind
from ayne.kinds.imdb_ids import imdb_id_of, numbered

Source = Literal["tmdb", "imdb"]

# What becomes of a film that was named.
GivenOutcome = Literal[
    "waiting",
    "stored",
    "already stored",
    "merged",
    "gone",
    "not found",
    "not a film",
    "not a series",
    "not a person",
    "unreadable",
    "failed",
]


@dataclass(frozen=True, slots=True)
class Given:
    """What a row of a list says.

    Attributes:
        text: as it was given.
        tmdb_id: TMDB's id of the film, None when the text has IMDb's.
        imdb_id: IMDb's: two letters, ``tt`` of films and series, and seven digits or more.
        outcome: ``waiting`` when it names a film; else ``not a film`` or ``unreadable``.
        message: why there is nothing to ask for.
        what: TMDB's word for what it says that it names, ``""`` when it does not say.
        named: what it names that is no film.
    """

    text: str
    tmdb_id: int | None = None
    imdb_id: str | None = None
    outcome: GivenOutcome = "waiting"
    message: str | None = None
    what: str = field(default="", repr=False, compare=False)
    named: Given | None = field(default=None, repr=False, compare=False)

    def of(self, kind: Kind) -> Given:
        """Return the same, read in a list of another kind than films.

        >>> from ayne.kinds import SERIES
        >>> read_id("themoviedb.org/tv/1396").of(SERIES).tmdb_id
        1396
        >>> read_id("themoviedb.org/movie/550").of(SERIES).message
        'a film'
        """
        if kind is MOVIE or self.outcome == "unreadable":
            return self
        if self.what in (kind.found, kind.imdb):
            return self.named or self
        message = "a film" if self.what == MOVIE.found else self.message
        if self.imdb_id and kind.imdb != MOVIE.imdb and not self.what:
            if "tt" not in self.text.lower():
                # A bare number of IMDb's is of what its list is of.
                return replace(self, imdb_id=numbered(int(self.imdb_id[2:]), kind.imdb))
            message = "a film or a series"
        if message or self.what or self.outcome == "not a film":
            return Given(self.text, outcome=not_one(kind), message=message, what=self.what)
        return self


def not_one(kind: Kind) -> GivenOutcome:
    """Return the message for a row that names another kind than its list.

    >>> not_one(MOVIE)
    'not a film'
    """
    outcomes: dict[str, GivenOutcome] = {"series": "not a series", "person": "not a person"}
    return outcomes.get(kind.noun, "not a film")


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """The result for a film that was asked for, by any id.

    Attributes:
        tmdb_id, imdb_id: the ids that it settles; one of them may be None.
        outcome: what is to be said of the rows that name it.
        film: the film that stands for it, None when there is none.
        message: why it is not stored.
        again_at: from when on it is worth asking again.
    """

    tmdb_id: int | None
    imdb_id: str | None
    outcome: GivenOutcome
    film: int | None = None
    message: str | None = None
    again_at: datetime | None = None


# What is said of a row that says nothing.
NO_ID = "there is no id"


# What stands for nothing, in lower case: of databases, of pandas, R and spreadsheets.
_NOTHING = frozenset({"", r"\n", "nan", "none", "null", "nil", "na", "n/a", "#n/a", "<na>", "-", "0", "0.0"})

# What copying brings along and nobody sees.
_BLANKS = " \t\r\n\f\v\xa0\u200b\ufeff"

# No id is as long.
_DIGITS = 15
_NUMBER = re.compile(rf"([0-9]{{1,{_DIGITS}}})(?:\.0*)?", re.ASCII)
_FORMULA = re.compile(r'=\s*"(.*)"', re.DOTALL)

# A page at TMDB, be it the site's or the API's, whole or without the host; the site once had the language in the path.
_TMDB_PAGE = re.compile(
    r"(?:(?:https?:)?//)?(?:(?:[a-z]+\.)?(?:themoviedb|tmdb)\.org)?/?(?:3/)?(?:[a-z]{2}(?:-[a-z]{2})?/)?"
    r"(movie|tv|person|collection|company|network|keyword)/([0-9]{1,15})(?![0-9])(?:[-/?#].*)?",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
# Its ids say by two letters of what they are.
_IMDB_PAGE = re.compile(
    r"(?:(?:(?:https?:)?//)?(?:[a-z]+\.)?imdb\.com/(?:[a-z-]{2,5}/)?[a-z]+/)?(tt|nm|co|ls|ur)([0-9]{1,10})(?:[/?#].*)?",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)

# How media servers write ids: tmdb://550, com.plexapp.agents.imdb://tt0137523?lang=en, {tmdb-550}, [imdbid-tt0137523].
_GUID = re.compile(r"\b(tmdb|themoviedb|imdb)(?:id)?(?:://|[-=:])(tt)?([0-9]{1,15})(?![0-9])", re.ASCII | re.IGNORECASE)

_ELSEWHERE = re.compile(r"(?:https?:)?//([^/\s]+)|(?:www\.)?((?:letterboxd\.com|boxd\.it|trakt\.tv)\b)", re.IGNORECASE)

_NOT_FILMS = {
    "tv": "a series",
    "tv_episode": "an episode of a series",
    "person": "a person",
    "nm": "a person",
    "collection": "a collection of films",
    "company": "a company",
    "co": "a company",
    "network": "a network",
    "keyword": "a keyword",
    "ls": "a list",
    "ur": "somebody's profile",
}


def read_id(text: str, of: Source = "tmdb") -> Given:
    """Read what a text says about a film.

    Args:
        text: an id, or an address that holds one, as people and programs write them.
        of: whose id a bare number is; IMDb's are written without ``tt`` and zeros by some.

    Example:
        >>> read_id("https://www.themoviedb.org/movie/550-fight-club?language=de-DE").tmdb_id
        550
        >>> read_id("137523", of="imdb").imdb_id
        'tt0137523'
        >>> read_id("1,234").message
        'no id of TMDB or IMDb, and no address of theirs: 1,234'
        >>> read_id("themoviedb.org/tv/1396")
        Given(text='themoviedb.org/tv/1396', tmdb_id=None, imdb_id=None, outcome='not a film', message='a series')
    """
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS:
        # What nearly all of a million rows look like.
        return _numbered(text, text, of)
    text = without_keys(text)
    if says_nothing(text):
        return Given(text, outcome="unreadable", message=NO_ID)
    bare = unwrapped(text)
    if number := _NUMBER.fullmatch(bare):
        return _numbered(text, number[1], of)
    if imdb_id := imdb_id_of(bare):
        return _numbered(text, imdb_id[2:], "imdb")
    return _of_page(text, bare) or _in_words(text, bare)


def _of_page(text: str, bare: str) -> Given | None:
    """Read the address of a page at TMDB or IMDb, or an id of IMDb's that says what it is for."""
    if page := _TMDB_PAGE.fullmatch(bare):
        what = page[1].lower()
        named = replace(_numbered(text, page[2], "tmdb"), what=what)
        return named if what == "movie" or named.outcome == "unreadable" else not_a_film(named, what)
    if page := _IMDB_PAGE.fullmatch(bare):
        what = page[1].lower()
        named = _numbered(text, page[2], "imdb", what)
        return named if what == "tt" or named.outcome == "unreadable" else not_a_film(named, what)
    return None


def _in_words(text: str, bare: str) -> Given:
    """Read a media server's name for a film, which may come with others of the same film; TMDB's id comes first."""
    named: dict[str, tuple[str, Source]] = {}
    for site, tt, number in _GUID.findall(bare):
        source: Source = "imdb" if tt or site.lower() == "imdb" else "tmdb"
        named.setdefault(source, (number, source))
    for source in ("tmdb", "imdb"):
        if source in named:
            return _numbered(text, *named[source])
    shown = bare if len(bare) <= 60 else f"{bare[:60]}…"
    if site := _ELSEWHERE.match(bare):
        return Given(text, outcome="unreadable", message=f"an address at {site[1] or site[2]}, which holds no id")
    return Given(text, outcome="unreadable", message=f"no id of TMDB or IMDb, and no address of theirs: {shown}")


# Keys and tokens of TMDB's and OMDb's, by their shape or by their name in an address.
_KEY = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])|eyJ[\w-]+\.[\w.-]+|(?<=api_key=)[^&#\s]+|(?<=apikey=)[^&#\s]+",
    re.ASCII | re.IGNORECASE,
)


def without_keys(text: str) -> str:
    """Remove API keys from a text: people copy addresses of APIs with the key in them."""
    return _KEY.sub("…", text) if len(text) > len("apikey=") else text


def says_nothing(text: str) -> bool:
    """Return whether a text means no value, like ``null`` or ``n/a``.

    >>> says_nothing("N/A"), says_nothing("tt0137523")
    (True, False)
    """
    return unwrapped(text).lower() in _NOTHING


def is_number(text: str) -> bool:
    """Return whether a text is just a number, which may be an id of any site.

    >>> is_number("862.0"), is_number("tt0114709")
    (True, False)
    """
    return _NUMBER.fullmatch(unwrapped(text)) is not None


def unwrapped(text: str) -> str:
    """Remove what spreadsheets and copying put around a text."""
    bare = text.strip(_BLANKS)
    if formula := _FORMULA.fullmatch(bare):
        bare = formula[1]
    elif bare.startswith("'"):
        # With an apostrophe a spreadsheet is told that it is a text.
        bare = bare[1:]
    return bare.strip(_BLANKS + "\"'<>")


def _numbered(text: str, digits: str, of: Source, letters: str = "tt") -> Given:
    number = int(digits)
    if not number:
        return Given(text, outcome="unreadable", message=NO_ID)
    if of == "imdb":
        if number < 10**10:
            return Given(text, imdb_id=numbered(number, letters))
    elif number < 2**31:
        return Given(text, tmdb_id=number)
    return Given(text, outcome="unreadable", message=f"{digits} is larger than any id")


def not_a_film(named: Given, what: str) -> Given:
    """Return what a text names, if that is something other than a film."""
    message = _NOT_FILMS.get(what, "something else")
    return Given(named.text, outcome="not a film", message=message, what=what, named=replace(named, what=what))
