"""Parts of a film as rows of tables: credits, keywords, release dates…

A part is what ``append_to_response`` adds to the details. Each has a layout, which says where in its body the rows
stand, which keys a row has, and what makes it itself. Nothing that TMDB sends costs more than it has to: a value of
an unexpected type is None and counted, a row without what makes it a row is left out and counted, and a key that no
column holds is counted. Of two rows with the same key the last wins.

Source: https://developer.themoviedb.org/docs/append-to-response
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

Reader = Callable[[Any], Any]

Row = tuple[Any, ...]


# --- values: each raises ValueError for what it cannot read ------------------------------------------------------------


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise ValueError
    return value or None


def _integer_of(bits: int) -> Reader:
    most = 2 ** (bits - 1) - 1

    def read(value: Any) -> int:
        # Numbers have come as texts, and whole ones as floats.
        number = int(value)
        if isinstance(value, bool) or (isinstance(value, float) and value != number) or not -most <= number <= most:
            raise ValueError
        return number

    return read


_integer = _integer_of(64)
_small = _integer_of(32)


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError
    return number


def _vote(value: Any) -> float | None:
    """0 is the average of nothing."""
    return _number(value) or None


def _minutes(value: Any) -> int | None:
    return int(_small(value)) or None


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one error for all that cannot be read
    return value


def _moment(value: Any) -> datetime | None:
    """UTC, without saying so: DuckDB's TIMESTAMP has no zone."""
    text = _text(value)
    if text is None:
        return None
    # In 2021 it was "2015-06-24 13:58:36 UTC".
    moment = datetime.fromisoformat(text.replace(" UTC", "Z"))
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _day(value: Any) -> date | None:
    text = _text(value)
    return date.fromisoformat(text) if text else None


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError  # noqa: TRY004 - one error for all that cannot be read
    return [text for text in map(_text, value) if text is not None]


# --- where rows stand -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Notes:
    """What could not be read, and what nobody reads."""

    unreadable: int = 0
    leftovers: Counter[str] = field(default_factory=Counter)

    def objects(self, value: Any) -> Iterator[dict[str, Any]]:
        """The objects of a list; whatever else is there costs only itself."""
        if isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    yield item
                else:
                    self.unreadable += 1
        elif value is not None:
            self.unreadable += 1

    def know(self, found: Mapping[str, Any], known: frozenset[str], where: str = "") -> None:
        """Count the keys that are not among the known."""
        if not found.keys() <= known:
            self.leftovers.update(f"{where}{key}" for key in found.keys() - known)


# What stands above a row (a country, a kind, a rank), and the row itself.
_Found = Iterator[tuple[Row, dict[str, Any]]]
_Walk = Callable[[dict[str, Any], _Notes], _Found]

# A part that is asked for by itself comes with the id of its film.
_ID = frozenset({"id"})
_PAGE = frozenset({"id", "page", "results", "total_pages", "total_results"})


def _kinds(**kinds: str) -> _Walk:
    """Several lists of the same sort of row, each with a word for its kind."""
    known = _ID | kinds.keys()

    def walk(body: dict[str, Any], notes: _Notes) -> _Found:
        notes.know(body, known)
        for key, kind in kinds.items():
            for row in notes.objects(body.get(key)):
                yield (kind,), row

    return walk


def _list(key: str, known: frozenset[str] = frozenset(), inner: str = "") -> _Walk:
    """One list of rows; the keys of an object ``inner`` in each become keys of the row, behind its name and a dot."""
    known = known or _ID | {key}

    def walk(body: dict[str, Any], notes: _Notes) -> _Found:
        notes.know(body, known)
        for row in notes.objects(body.get(key)):
            nested = row.get(inner)
            if isinstance(nested, dict):
                flat = {name: value for name, value in row.items() if name != inner}
                yield (), flat | {f"{inner}.{name}": value for name, value in nested.items()}
            else:
                yield (), row

    return walk


def _ranked(body: dict[str, Any], notes: _Notes) -> _Found:
    notes.know(body, _PAGE)
    for rank, row in enumerate(notes.objects(body.get("results")), 1):
        yield (rank,), row


def _itself(body: dict[str, Any], _notes: _Notes) -> _Found:
    yield (), body


_COUNTRY_OF_RELEASES = frozenset({"iso_3166_1", "release_dates"})


def _release_dates(body: dict[str, Any], notes: _Notes) -> _Found:
    notes.know(body, _ID | {"results"})
    for country in notes.objects(body.get("results")):
        notes.know(country, _COUNTRY_OF_RELEASES, "results.")
        code = country.get("iso_3166_1")
        for row in notes.objects(country.get("release_dates")):
            if isinstance(code, str) and code:
                yield (code,), row
            else:
                notes.unreadable += 1


def _providers(body: dict[str, Any], notes: _Notes) -> _Found:
    """An object keyed by country, in it one list for each way to watch; a new way is a new kind, not a leftover."""
    notes.know(body, _ID | {"results"})
    countries = body.get("results")
    if not isinstance(countries, dict):
        # An empty object has also come as an empty list.
        notes.unreadable += bool(countries)
        return
    for code, offers in countries.items():
        if not isinstance(offers, dict) or not code:
            notes.unreadable += 1
            continue
        link = offers.get("link")
        for kind, providers in offers.items():
            if kind != "link":
                for row in notes.objects(providers):
                    yield (code, kind, link if isinstance(link, str) else None), row


# --- layouts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the rows of a part are made.

    Attributes:
        table: the table they go to. Its columns are the film, what stands above the row, and ``columns``.
        walk: finds the rows.
        columns: key and reader of each column.
        needed: keys without which a row says nothing.
        key: the columns, counted without the film, that make a row itself; where they are unknown, it is the whole row.
        ignored: keys that are known and not kept, because they say again what is elsewhere.
    """

    table: str
    walk: _Walk
    columns: tuple[tuple[str, Reader], ...]
    needed: tuple[str, ...] = ()
    key: tuple[int, ...] = ()
    ignored: frozenset[str] = frozenset()
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", self.ignored | {name for name, _ in self.columns})


# Of another film its place in the list is kept, and enough to recognise it; the rest is its own row's business.
_ANOTHER_FILM: Any = {
    "walk": _ranked,
    "columns": (("id", _integer), ("title", _text), ("release_date", _day)),
    "needed": ("id",),
    "key": (1,),
    "ignored": frozenset(
        "adult backdrop_path genre_ids media_type original_language original_title overview popularity poster_path "
        "softcore video vote_average vote_count".split()
    ),
}

LAYOUTS: dict[str, _Layout] = {
    "alternative_titles": _Layout(
        "alternative_titles",
        _list("titles"),
        (("iso_3166_1", _text), ("title", _text), ("type", _text)),
        needed=("title",),
        key=(0, 1, 2),
    ),
    "credits": _Layout(
        "credits",
        _kinds(cast="cast", crew="crew"),
        (
            ("credit_id", _text),
            ("id", _integer),
            ("name", _text),
            ("original_name", _text),
            ("department", _text),
            ("job", _text),
            ("character", _text),
            ("order", _small),
            ("cast_id", _integer),
            ("gender", _small),
            ("known_for_department", _text),
            ("popularity", _number),
            ("adult", _flag),
            ("profile_path", _text),
        ),
        needed=("id",),
        # A person stands there once for each job. Bodies from before 2018 have no credit_id.
        key=(1,),
    ),
    "external_ids": _Layout(
        "external_ids",
        _itself,
        tuple((name, _text) for name in ("imdb_id", "wikidata_id", "facebook_id", "instagram_id", "twitter_id")),
        ignored=_ID,
    ),
    "images": _Layout(
        "images",
        _kinds(backdrops="backdrop", logos="logo", posters="poster"),
        (
            ("file_path", _text),
            ("iso_639_1", _text),
            ("iso_3166_1", _text),
            ("width", _small),
            ("height", _small),
            ("aspect_ratio", _number),
            ("vote_average", _vote),
            ("vote_count", _integer),
        ),
        needed=("file_path",),
        key=(0, 1),
    ),
    "keywords": _Layout(
        "keywords", _list("keywords"), (("id", _integer), ("name", _text)), needed=("id",), key=(0,)
    ),
    "recommendations": _Layout("recommendations", **_ANOTHER_FILM),
    "release_dates": _Layout(
        "release_dates",
        _release_dates,
        (
            ("release_date", _moment),
            ("type", _small),
            ("certification", _text),
            ("iso_639_1", _text),
            ("note", _text),
            ("descriptors", _texts),
        ),
        needed=("release_date",),
        key=(0, 1, 2, 3, 4, 5),
    ),
    "reviews": _Layout(
        "reviews",
        _list("results", _PAGE, inner="author_details"),
        (
            ("id", _text),
            ("author", _text),
            ("author_details.name", _text),
            ("author_details.username", _text),
            ("author_details.avatar_path", _text),
            ("author_details.rating", _number),
            ("content", _text),
            ("created_at", _moment),
            ("updated_at", _moment),
            ("url", _text),
        ),
        needed=("id",),
        key=(0,),
    ),
    "similar": _Layout("similar_movies", **_ANOTHER_FILM),
    "translations": _Layout(
        "translations",
        _list("translations", inner="data"),
        (
            ("iso_639_1", _text),
            ("iso_3166_1", _text),
            ("name", _text),
            ("english_name", _text),
            ("data.title", _text),
            ("data.overview", _text),
            ("data.tagline", _text),
            ("data.homepage", _text),
            ("data.runtime", _minutes),
        ),
        needed=("iso_639_1",),
        key=(0, 1),
    ),
    "videos": _Layout(
        "videos",
        _list("results"),
        (
            ("id", _text),
            ("name", _text),
            ("site", _text),
            ("key", _text),
            ("type", _text),
            ("size", _small),
            ("official", _flag),
            ("iso_639_1", _text),
            ("iso_3166_1", _text),
            ("published_at", _moment),
        ),
        needed=("id",),
        key=(0,),
    ),
    "watch/providers": _Layout(
        "watch_providers",
        _providers,
        (("provider_id", _integer), ("provider_name", _text), ("display_priority", _small), ("logo_path", _text)),
        needed=("provider_id",),
        key=(0, 1, 3),
    ),
}


@dataclass(frozen=True, slots=True)
class PartRows:
    """A part of a film, read.

    Attributes:
        rows: rows of the part's table, without the film they belong to, in the order TMDB has them.
        unreadable: rows that had to be left out.
        leftovers: how often each key was met that no column holds, or whose value could not be read.
        reported: how many rows TMDB has in all, for parts of which it sends only the first page.
    """

    rows: list[Row]
    unreadable: int = 0
    leftovers: dict[str, int] = field(default_factory=dict)
    reported: int | None = None


def table_of(part: str) -> str | None:
    """The table that a part's rows go to; None for a part that is kept as JSON.

    >>> table_of("watch/providers"), table_of("lists")
    ('watch_providers', None)
    """
    return LAYOUTS[part].table if part in LAYOUTS else None


def read_part(part: str, body: Any) -> PartRows:
    """The rows of a part.

    Args:
        part: TMDB's name for it, one of :data:`LAYOUTS`.
        body: the part, decoded, as it stands in ``MovieDetails["parts"]``.

    Example:
        >>> read_part("keywords", {"keywords": [{"id": 825, "name": "support group"}, {"id": None}, "fight"]})
        PartRows(rows=[(825, 'support group')], unreadable=2, leftovers={}, reported=None)
    """
    layout = LAYOUTS[part]
    if not isinstance(body, dict):
        return PartRows([], unreadable=1)
    notes = _Notes()
    rows: dict[Row, Row] = {}
    for above, found in layout.walk(body, notes):
        row = _row(layout, above, found, notes)
        if row is None:
            notes.unreadable += 1
        else:
            key = tuple(row[place] for place in layout.key)
            rows[row if key == (None,) else key] = row
    reported = body.get("total_results")
    return PartRows(
        list(rows.values()),
        notes.unreadable,
        dict(sorted(notes.leftovers.items())),
        reported if type(reported) is int and 0 <= reported < 2**63 else None,
    )


def _row(layout: _Layout, above: Row, found: dict[str, Any], notes: _Notes) -> Row | None:
    """One row, or None when it lacks what it needs."""
    row = list(above)
    for key, read in layout.columns:
        value = found.get(key)
        if value is not None:
            try:
                value = read(value)
            except (ValueError, TypeError, OverflowError):
                notes.leftovers[key] += 1
                value = None
        if value is None and key in layout.needed:
            return None
        row.append(value)
    notes.know(found, layout.known)
    return tuple(row)
