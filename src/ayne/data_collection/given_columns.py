"""Find the columns of a list that hold ids, and read what a row says about a film."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ayne.data_collection.given_ids import (
    NO_ID,
    Given,
    Source,
    is_number,
    not_a_film,
    read_id,
    says_nothing,
    unwrapped,
    without_keys,
)

# How columns of ids are called, without case, blanks and signs. The second of each holds addresses.
_NAMED: dict[Source, frozenset[str]] = {
    "tmdb": frozenset(
        {
            "tmdbid",
            "tmdb",
            "idtmdb",
            "tmdbmovieid",
            "themoviedbid",
            "themoviedb",
            "themoviedborgid",
            "moviedbid",
            "tmdbpersonid",
        }
        | {"tmdburl", "tmdblink", "tmdburi", "themoviedburl", "themoviedblink"}
    ),
    "imdb": frozenset(
        {"imdbid", "imdb", "idimdb", "const", "tconst", "imdbconst", "imdbtconst", "imdbtitleid", "imdbmovieid", "ttid"}
        | {"imdbnumber", "imdburl", "imdblink", "imdburi", "imdbtitleconst", "nconst"}
    ),
}
# Of these it depends on what stands beside them.
_ANYBODYS = frozenset({"id", "movieid", "filmid"})
# What TMDB calls its own columns. Two of them beside it, and `id` is TMDB's.
_TMDBS_OWN = frozenset(
    {"originaltitle", "originallanguage", "voteaverage", "votecount", "posterpath", "backdroppath", "genreids"}
    | {"productioncompanies", "spokenlanguages", "cast", "crew", "belongstocollection", "popularity", "video"}
)
_WHAT_IT_IS = frozenset({"type", "titletype", "mediatype", "itemtype", "objecttype", "kind", "contenttype", "category"})

# Rows of these are no films, and ids below such a name are not those of the film of the row.
_SERIES = frozenset(
    {"tv", "tvseries", "tvshow", "tvshows", "tvminiseries", "tvepisode", "tvpilot", "series", "miniseries", "show"}
    | {"shows", "season", "seasons", "episode", "episodes", "anime", "podcastseries", "podcastepisode", "showepisode"}
)
_EPISODES = frozenset({"tvepisode", "season", "seasons", "episode", "episodes", "podcastepisode", "showepisode"})
_FILMS = frozenset({"movie", "movies", "film", "films", "short", "tvmovie", "tvshort", "tvspecial", "video"})
_PEOPLE = frozenset({"person", "people"})
_OTHERS = frozenset({"collection", "belongstocollection", "person", "people", "cast", "crew", "user", "list"})
_SCORES = frozenset({"rating", "ratings", "score", "scores", "votes"})

# Tables that hold ids of their own makers alone: by what they are known, and what to do.
_LETTERBOXD = (
    "it is an export of Letterboxd, which names films by its own addresses. "
    "Import it at trakt.tv or imdb.com and collect their export, or add a column of TMDB or IMDb ids"
)
_MOVIELENS = (
    "its movieId is MovieLens' own number. Collect links.csv of the same folder, which has TMDB's and IMDb's ids"
)
_STRANGERS = {
    frozenset({"movieid", "genres"}): _MOVIELENS,
    frozenset({"userid", "movieid"}): _MOVIELENS,
    frozenset({"movieid", "tagid"}): _MOVIELENS,
}

# Of those rows that were looked at and say anything, so many must hold an id.
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class IdColumns:
    """The columns of a table that say which film a row names.

    Attributes:
        tmdb: those with TMDB's ids; the first that says anything counts.
        imdb: those with IMDb's, for rows in which no column of TMDB's says anything.
        kinds: those that say whether it is a film.
        series: those with ids of what is no film.
    """

    tmdb: tuple[str, ...] = ()
    imdb: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    series: tuple[str, ...] = ()

    def __str__(self) -> str:
        ids = [f"{name} ({site}'s)" for site, names in (("TMDB", self.tmdb), ("IMDb", self.imdb)) for name in names]
        return ", then ".join(ids) or f"no column: {', '.join(self.series)} are of series"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return (*self.tmdb, *self.imdb, *self.kinds, *self.series)

    def read(self, row: Mapping[str, str]) -> Given:
        """Return what a row says about a film.

        >>> columns = IdColumns(tmdb=("tmdbId",), imdb=("imdbId",))
        >>> columns.read({"movieId": "1", "imdbId": "0114709", "tmdbId": ""}).imdb_id
        'tt0114709'
        """
        found: Given | None = None
        for source, names in _by_source(self):
            for name in names:
                said = read_id(row.get(name, ""), source)
                if said.outcome == "waiting":
                    return self._unless_series(said, row)
                if found is None or (said.message != NO_ID and found.message == NO_ID):
                    found = said
        said = found or Given("", outcome="unreadable", message=NO_ID)
        if said.message == NO_ID and (other := next((name for name in self.series if row.get(name)), "")):
            return not_a_film(read_id(row[other], "imdb" if _is_named(other, "imdb") else "tmdb"), "tv")
        return self._unless_series(said, row)

    def _unless_series(self, said: Given, row: Mapping[str, str]) -> Given:
        for name in self.kinds:
            kind = _plain(row.get(name, ""))
            if kind in _SERIES or kind in _PEOPLE:
                return not_a_film(said, "person" if kind in _PEOPLE else "tv_episode" if kind in _EPISODES else "tv")
            if kind in _FILMS:
                return replace(said, what="movie")
        return said


def _by_source(columns: IdColumns) -> tuple[tuple[Source, tuple[str, ...]], ...]:
    return (("tmdb", columns.tmdb), ("imdb", columns.imdb))


class NoIdColumn(ValueError):
    """No column of a table certainly holds ids; the message says which columns there are, and what to do."""


def id_columns(names: Sequence[str], sample: Iterable[Mapping[str, str]], wanted: str | None = None) -> IdColumns:
    """Find the columns of a table that hold ids, by their names and contents.

    Args:
        names: of all columns; those of nested objects with dots, like ``movie.ids.tmdb``.
        sample: its first rows.
        wanted: the column that was asked for.

    Raises:
        NoIdColumn: there is none, or it is not certain which.

    Example:
        >>> rows = [{"movieId": "1", "imdbId": "0114709", "tmdbId": "862"}]
        >>> print(id_columns(["movieId", "imdbId", "tmdbId"], rows))
        tmdbId (TMDB's), then imdbId (IMDb's)
    """
    rows = list(sample)
    kinds = tuple(name for name in names if _last(name) in _WHAT_IT_IS and not _is_of_others(name))
    if wanted is not None:
        return _asked_for(names, rows, wanted, kinds)
    own = [name for name in names if not _is_of_others(name)]
    films = [name for name in own if not _SERIES & set(_steps(name))]
    named = {source: [name for name in films if _is_named(name, source)] for source in _NAMED}
    found = {source: _shallowest([name for name in named[source] if _holds(rows, name, source)]) for source in _NAMED}
    series = tuple(name for name in own if name not in films and any(_is_named(name, source) for source in _NAMED))
    if not named["tmdb"]:
        found["tmdb"] = _tmdbs_own_id(names, films, rows)
    if not (found["tmdb"] or found["imdb"]):
        found["tmdb"] = _by_contents(films, rows)
    if found["tmdb"] or found["imdb"]:
        return IdColumns(tuple(found["tmdb"]), tuple(found["imdb"]), kinds, series)
    if series:
        return IdColumns(kinds=kinds, series=series)
    raise NoIdColumn(_nothing_found(names))


def _asked_for(names: Sequence[str], rows: list[Mapping[str, str]], wanted: str, kinds: tuple[str, ...]) -> IdColumns:
    same = [name for name in names if name == wanted] or [name for name in names if _plain(name) == _plain(wanted)]
    if not same:
        raise NoIdColumn(f"it has no column {wanted!r}. It has {_listed(names)}: name one of them with --id-column")
    name = same[0]
    of_imdb = _is_named(name, "imdb") or not _holds(rows, name, "tmdb", surely=False)
    return IdColumns(imdb=(name,), kinds=kinds) if of_imdb else IdColumns(tmdb=(name,), kinds=kinds)


def _nothing_found(names: Sequence[str]) -> str:
    plain = {_plain(name) for name in names}
    if any(name.startswith("letterboxd") for name in plain):
        return _LETTERBOXD
    for known, advice in _STRANGERS.items():
        if known <= plain:
            return advice
    if len(names) == 1:
        return (
            f"its first line, {_listed(names)}, is no id and names no column of ids. "
            "Write one id or address a line, or name the columns in the first line"
        )
    return (
        f"none of its columns is known to hold ids of TMDB or IMDb. It has {_listed(names)}: "
        "name the one with --id-column"
    )


def _listed(names: Sequence[str]) -> str:
    printable = ("".join(sign if sign.isprintable() else "?" for sign in without_keys(name)) for name in names[:20])
    shown = [name if len(name) <= 40 else f"{name[:40]}…" for name in printable]
    more = f" and {len(names) - 20:,} more" if len(names) > 20 else ""
    return f"{', '.join(shown) or 'no columns'}{more}"


def _plain(name: str) -> str:
    """Return a name in lower case, without blanks and punctuation."""
    return "".join(filter(str.isalnum, name.lower()))


def _steps(name: str) -> list[str]:
    return [_plain(step) for step in name.split(".")]


def _last(name: str) -> str:
    return _steps(name)[-1]


def _is_of_others(name: str) -> bool:
    *above, last = _steps(name)
    return bool((_OTHERS | _SCORES) & set(above)) or last in _SCORES


def _is_named(name: str, source: Source) -> bool:
    """Return whether a column's name is one for a site's ids: tmdbId, ids.tmdb, uniqueid.tmdb, tmdb.id, Guid.id."""
    steps = _steps(name)
    if steps[-1] in _NAMED[source] or (len(steps) > 1 and steps[-1] in {"id", "url"} and steps[-2] == source):
        return True
    return source == "tmdb" and steps[-2:] in (["guid", "id"], ["guids", "id"])


def _shallowest(names: list[str]) -> list[str]:
    """Return the least nested columns: a row's own ids are less nested than those of what it belongs to."""
    least = min((name.count(".") for name in names), default=0)
    return [name for name in names if name.count(".") == least]


def _holds(rows: list[Mapping[str, str]], name: str, source: Source, *, surely: bool = True) -> bool:
    """Return whether a column's values can be ids: a column called `imdb` may hold IMDb's averages."""
    told = [text for row in rows if (text := row.get(name, "")) and not says_nothing(text)]
    if not told:
        return surely
    read = [read_id(text, source) for text in told]
    films = [said for said in read if said.outcome != "unreadable"]
    if source == "imdb" and _last(name) == "imdb":
        # An average of votes is a number, too, but no id of IMDb's has so few digits.
        films = [said for said in films if len(unwrapped(said.text)) > len("10.00")]
    return len(films) >= _MOST * len(told)


def _tmdbs_own_id(names: Sequence[str], films: list[str], rows: list[Mapping[str, str]]) -> list[str]:
    """Return a column called just `id`, in a table whose other columns show that it is TMDB's."""
    beside = {_plain(name) for name in names if "." not in name}
    if len(beside & _TMDBS_OWN) < 2:
        return []
    mine = [name for name in films if _plain(name) in _ANYBODYS and "." not in name]
    return [name for name in mine[:1] if _holds(rows, name, "tmdb")]


def _by_contents(films: list[str], rows: list[Mapping[str, str]]) -> list[str]:
    """Return the first column whose texts can be nothing but ids; trust the only column of a table."""
    if len(films) == 1 and _holds(rows, films[0], "tmdb", surely=False):
        return films
    for name in films:
        told = [text for row in rows if (text := row.get(name, ""))]
        clear = [text for text in told if not is_number(text) and _names_a_film(text)]
        if told and len(clear) > _MOST * len(told):
            return [name]
    return []


def _names_a_film(text: str) -> bool:
    return read_id(text).outcome in {"waiting", "not a film"}
