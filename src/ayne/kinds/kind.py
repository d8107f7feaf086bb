"""Describe a kind: its columns, its parts, and where TMDB has it. Data only; every other folder reads it."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ayne.kinds.column import Column
from ayne.kinds.filters import Check
from ayne.kinds.part import Part
from ayne.kinds.readers import Reader


@dataclass(frozen=True, slots=True, eq=False)
class Discover:
    """How a kind is discovered.

    Attributes:
        path: the list that is asked, like ``/discover/movie``.
        dates: the parameter that bounds the days of a range, without its ``.gte`` and ``.lte``.
        sorts: what the list can be sorted by, without ``.asc`` and ``.desc``.
        titles: the one of them that ties least and hardly ever changes; empty when there is none.
        flags: the parameters that are ``true`` or ``false``, like ``include_adult``.
        filters: further parameters, and how the value of each is checked.
        needs: filters that TMDB ignores unless one of the others named here is given too.
        elsewhere: parameters that are no filters here, and what is given in their place.
        first_year: since when there are any; what is older is so by mistake.
        genres: the ids of all its genres, by how evenly they part a list: the most common first.
    """

    path: str
    dates: str
    sorts: tuple[str, ...] = ()
    titles: str = ""
    flags: tuple[str, ...] = ()
    filters: Mapping[str, Check] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    first_year: int = 1900
    genres: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "sorts", self.sorts or (self.dates,))

    @property
    def orders(self) -> tuple[str, ...]:
        """The orders in which TMDB can return a list."""
        return tuple(f"{name}.{way}" for name in self.sorts for way in ("asc", "desc"))

    @property
    def newest_first(self) -> str:
        """The default order."""
        return f"{self.dates}.desc"


@dataclass(frozen=True, slots=True)
class Inside:
    """How a kind lies inside another: TMDB's answer about the other has all of them, or none.

    Attributes:
        key: the list in which its objects stand.
        above: the columns that hold the ids of what it lies in, the outermost first; they are not in its own objects.
        appended: how ``append_to_response`` calls one of them, but for its number, like ``season/``. The list then only
            names them. Empty when the list has them whole.
        number: the key of that number.
    """

    key: str
    above: tuple[str, ...]
    appended: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """Where rows of a kind hold ids of another kind: what stored films name can be fetched by its id.

    Attributes:
        kind: whose ids they are, by its name.
        column: the column with the id, or with a list of ids.
        part: the part in whose table it stands; "" for the kind's own table.
        job: what the column says that people did, where no other column does.
    """

    kind: str
    column: str
    part: str = ""
    job: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A thing that TMDB has ids for, described once; there is one object for each.

    Some columns decide what is done with a row. The attributes ``title`` to ``imdb_id`` say which columns these are; an
    attribute is ``""`` where the kind has no such column.

    Attributes:
        name: our word for it, as in ``--kind movie`` and in columns ``kind`` of the database.
        noun, plural: our words for one and for many, in sentences.
        table: the table of its rows.
        live: the view of those that TMDB still has.
        history: the table of how tracked columns changed.
        as_of: the macro that says what was known on a day.
        columns: what its rows hold, in the order of the table; the first is the id.
        comment: what the table says.
        tracked: the columns whose changes are remembered, in the order of the history's table.
        parts: what ``append_to_response`` can add and a table holds, by TMDB's name.
        untyped_parts: what it can add and nothing is read of; it is kept as JSON.
        old_parts: what TMDB still answers although its documentation has dropped it.
        discover: how its ids are found by date, None when they are not.
        instead: what brings it where it is found by no date, in words that begin with the command.
        changes: the path of its change feed, None when it has none.
        exports: its daily id exports: the first names all but adult ones, the second those.
        is_named_by_exports: whether each line of them is a row of its table: they bring its name.
        path: of its details, without the id; by default ``/`` and the name.
        children: the kinds that lie inside of it, each with those that lie inside of them.
        inside: how it lies inside of another.
        names: where its rows hold ids of other kinds.
        ignored: keys that are known and not kept, because they say again what is elsewhere.
        imdb: the letters that IMDb's ids of it begin with.
        by_imdb_id: whether its details can be asked for by IMDb id too.
        found: TMDB's word for it where it is found by IMDb id, as ``tv`` in ``tv_results``; "" when it is not.
        title: what it is called.
        also: a list of what else it is called.
        day: on which day it lies, for a discovery by date and for the age that its copy may reach. Without one a copy
            may grow as old as that of an old film.
        votes: how many people voted.
        popularity: TMDB's score.
        genres: the ids of its genres.
        status: how far it is made.
        latest, upcoming: of what goes on after its day, on which day it last did and next will, as by an episode.
        over: the statuses of what goes on no more.
        adult, video: TMDB's flags, by which it can be left out.
        imdb_id: IMDb's id; of a title OMDb is asked by it.
        roles: in what people have a track record, each with the jobs that are meant; without jobs, being first-billed.
    """

    name: str
    noun: str
    plural: str
    table: str
    live: str
    history: str
    as_of: str
    comment: str
    columns: tuple[Column, ...]
    tracked: tuple[str, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)
    untyped_parts: tuple[str, ...] = ()
    old_parts: tuple[str, ...] = ()
    discover: Discover | None = None
    instead: str = ""
    changes: str | None = None
    exports: tuple[str, ...] = ()
    is_named_by_exports: bool = False
    path: str = ""
    children: tuple[Kind, ...] = ()
    inside: Inside | None = None
    names: tuple[Named, ...] = ()
    ignored: frozenset[str] = frozenset()
    imdb: str = "tt"
    by_imdb_id: bool = False
    found: str = ""
    title: str = ""
    also: str = ""
    day: str = ""
    votes: str = ""
    popularity: str = ""
    genres: str = ""
    status: str = ""
    latest: str = ""
    upcoming: str = ""
    over: frozenset[str] = frozenset()
    adult: str = ""
    video: str = ""
    imdb_id: str = ""
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", self.path or f"/{self.name}")

    @property
    def on_imdb(self) -> bool:
        """Whether it can have IMDb ids, by which ratings are fetched."""
        return self.imdb == "tt" and bool(self.imdb_id or self.table_of("external_ids"))

    @property
    def details(self) -> dict[str, Reader]:
        """The fields of a details record, and how each is read, without the id."""
        above = self.inside.above if self.inside else ()
        return {column.field: column.reader for column in self.columns[1:] if column.name not in above}

    @property
    def summary(self) -> dict[str, Reader]:
        """The fields of a list row's record, and how each is read, without the id."""
        return {
            column.name: column.reader if column.in_summary is True else column.in_summary
            for column in self.columns
            if column.in_summary
        }

    @property
    def has_more_in_details(self) -> bool:
        """Whether its details have anything that lists and exports lack."""
        return any(not column.in_summary for column in self.columns[1:])

    @property
    def part_names(self) -> tuple[str, ...]:
        """The names of all parts, in alphabetical order."""
        return tuple(sorted((*self.parts, *self.untyped_parts)))

    @property
    def usual_parts(self) -> tuple[str, ...]:
        """The parts that ``all`` stands for: those with a table, without those of children.

        Those take far more room than everything else, so they come only when they are asked for by name.
        """
        return tuple(name for name, part in self.parts.items() if part.in_each is None)

    @property
    def family(self) -> tuple[Kind, ...]:
        """The kind itself, and all that lie inside it, the outermost first."""
        return (self, *(kind for child in self.children for kind in child.family))

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of its tables: its rows, their history, and one for each part."""
        return (self.table, self.history, *(part.table for part in self.parts.values()))

    def table_of(self, part: str) -> str | None:
        """Return the table that a part's rows go to; None for a part that is kept as JSON.

        >>> from ayne.kinds import MOVIE
        >>> MOVIE.table_of("watch/providers"), MOVIE.table_of("lists")
        ('watch_providers', None)
        """
        return self.parts[part].table if part in self.parts else None
