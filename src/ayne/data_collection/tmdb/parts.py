"""Parts of a film as rows of tables: its credits, keywords, release dates and so on.

A part is what ``append_to_response`` adds to the details. Each has a layout, which says where in its body the rows
stand, which keys a row has, and what makes it itself. Nothing that TMDB sends costs more than it has to: a value of
an unexpected type is None and counted, a row without what makes it a row is left out and counted, and a key that no
column holds is counted. Of two rows with the same key the one that says more is
kept, the last of equals.

Source: https://developer.themoviedb.org/docs/append-to-response
"""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ayne.data_collection.answers import PartlyRead
from ayne.data_collection.tmdb.part_values import (
    Reader,
    day,
    flag,
    imdb_id,
    integer,
    language,
    minutes,
    moment,
    number,
    small_integer,
    text,
    texts,
    vote,
)
from ayne.data_collection.tmdb.part_walks import (
    ID,
    PAGE,
    Notes,
    Row,
    Walk,
    itself,
    kinds_of_rows,
    one_list,
    providers,
    ranked,
    releases,
)


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
    walk: Walk
    columns: tuple[tuple[str, Reader], ...]
    needed: tuple[str, ...] = ()
    key: tuple[int, ...] = ()
    ignored: frozenset[str] = frozenset()
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", self.ignored | {name for name, _ in self.columns})


# Of another film its place in the list is kept, and enough to recognise it; the rest is its own row's business.
_ANOTHER_FILM: Any = {
    "walk": ranked,
    "columns": (("id", integer), ("title", text), ("release_date", day)),
    "needed": ("id",),
    "key": (1,),
    "ignored": frozenset(
        {
            "adult",
            "backdrop_path",
            "genre_ids",
            "media_type",
            "original_language",
            "original_title",
            "overview",
            "popularity",
            "poster_path",
            "softcore",
            "video",
            "vote_average",
            "vote_count",
        }
    ),
}

LAYOUTS: dict[str, _Layout] = {
    "alternative_titles": _Layout(
        "alternative_titles",
        one_list("titles"),
        (("iso_3166_1", text), ("title", text), ("type", text)),
        needed=("title",),
        key=(0, 1, 2),
    ),
    "credits": _Layout(
        "credits",
        kinds_of_rows(cast="cast", crew="crew"),
        (
            ("credit_id", text),
            ("id", integer),
            ("name", text),
            ("original_name", text),
            ("department", text),
            ("job", text),
            ("character", text),
            ("order", small_integer),
            ("cast_id", integer),
            ("gender", small_integer),
            ("known_for_department", text),
            ("popularity", number),
            ("adult", flag),
            ("profile_path", text),
        ),
        needed=("id",),
        # A person stands there once for each job. Bodies from before 2018 have no credit_id.
        key=(1,),
    ),
    "external_ids": _Layout(
        "external_ids",
        itself,
        (
            ("imdb_id", imdb_id),
            *((name, text) for name in ("wikidata_id", "facebook_id", "instagram_id", "twitter_id")),
        ),
        ignored=ID,
    ),
    "images": _Layout(
        "images",
        kinds_of_rows(backdrops="backdrop", logos="logo", posters="poster"),
        (
            ("file_path", text),
            ("iso_639_1", language),
            ("iso_3166_1", text),
            ("width", small_integer),
            ("height", small_integer),
            ("aspect_ratio", number),
            ("vote_average", vote),
            ("vote_count", integer),
        ),
        needed=("file_path",),
        key=(0, 1),
    ),
    "keywords": _Layout("keywords", one_list("keywords"), (("id", integer), ("name", text)), needed=("id",), key=(0,)),
    "recommendations": _Layout("recommendations", **_ANOTHER_FILM),
    "release_dates": _Layout(
        "release_dates",
        releases,
        (
            ("release_date", moment),
            ("type", small_integer),
            ("certification", text),
            ("iso_639_1", language),
            ("note", text),
            ("descriptors", texts),
        ),
        needed=("release_date",),
        key=(0, 1, 2, 3, 4, 5),
    ),
    "reviews": _Layout(
        "reviews",
        one_list("results", PAGE, inner="author_details"),
        (
            ("id", text),
            ("author", text),
            ("author_details.name", text),
            ("author_details.username", text),
            ("author_details.avatar_path", text),
            ("author_details.rating", number),
            ("content", text),
            ("created_at", moment),
            ("updated_at", moment),
            ("url", text),
        ),
        needed=("id",),
        key=(0,),
    ),
    "similar": _Layout("similar_movies", **_ANOTHER_FILM),
    "translations": _Layout(
        "translations",
        one_list("translations", inner="data"),
        (
            ("iso_639_1", text),
            ("iso_3166_1", text),
            ("name", text),
            ("english_name", text),
            ("data.title", text),
            ("data.overview", text),
            ("data.tagline", text),
            ("data.homepage", text),
            ("data.runtime", minutes),
        ),
        needed=("iso_639_1",),
        key=(0, 1),
    ),
    "videos": _Layout(
        "videos",
        one_list("results"),
        (
            ("id", text),
            ("name", text),
            ("site", text),
            ("key", text),
            ("type", text),
            ("size", small_integer),
            ("official", flag),
            ("iso_639_1", language),
            ("iso_3166_1", text),
            ("published_at", moment),
        ),
        needed=("id",),
        key=(0,),
    ),
    "watch/providers": _Layout(
        "watch_providers",
        providers,
        (("provider_id", integer), ("provider_name", text), ("display_priority", small_integer), ("logo_path", text)),
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

    def __reduce__(self) -> tuple[Any, ...]:
        # A film has one for each part, and what dataclasses do by themselves takes longer than the rows.
        return PartRows, (self.rows, self.unreadable, self.leftovers, self.reported)


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
    notes = Notes()
    rows: dict[Row, Row] = {}
    for above, found in layout.walk(body, notes):
        row = _row(layout, above, found, notes)
        if row is None:
            notes.unreadable += 1
        else:
            key = tuple(row[place] for place in layout.key)
            if key == (None,):
                key = row
            if key not in rows or _says(row) >= _says(rows[key]):
                rows[key] = row
    reported = body.get("total_results")
    return PartRows(
        list(rows.values()),
        notes.unreadable,
        dict(sorted(notes.leftovers.items())),
        reported if type(reported) is int and 0 <= reported < 2**63 else None,
    )


def _says(row: Row) -> int:
    """How much a row says. No votes and an empty list say nothing."""
    return sum(map(bool, row))


def _row(layout: _Layout, above: Row, found: dict[str, Any], notes: Notes) -> Row | None:
    """One row, or None when it lacks what it needs."""
    row = list(above)
    for key, read in layout.columns:
        value = found.get(key)
        if value is not None:
            try:
                value = read(value)
            except (ValueError, TypeError, OverflowError) as error:
                notes.leftovers[key] += 1
                value = error.rest if isinstance(error, PartlyRead) else None
        if value is None and key in layout.needed:
            return None
        row.append(value)
    notes.know(found, layout.known)
    return tuple(row)
