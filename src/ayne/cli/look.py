"""``ayne movie``, ``ayne series`` and ``ayne person``: look at one that is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ayne.cli import fetching, freshness, options, tables, wiring
from ayne.cli.terminal import say, show, show_entry, show_json
from ayne.errors import AyneError

if TYPE_CHECKING:
    from ayne.database.duckdb_client import DuckDBClient, Rows
    from ayne.kinds import Kind

F = TypeVar("F", bound=Callable[..., Any])


# Of no use to people; --json has them.
_NOT_SHOWN = {
    *("title", "name", "genre_ids", "production_company_ids", "network_ids", "creator_ids", "collection_id"),
    *("last_episode_id", "next_episode_id", "poster_path", "backdrop_path", "profile_path", "raw", "seasons"),
}


_OF_RATINGS = {"imdb_rating": " of 10", "imdb_votes": " votes", "rotten_tomatoes": " %", "metascore": " of 100"}


_GENDERS = {0: "not set", 1: "female", 2: "male", 3: "non-binary"}


# So many of a like title are listed.
_LISTED = 20


def _look_options(function: F) -> F:
    """Add the options of ``ayne movie`` and similar commands."""
    for option in (
        options.json_option,
        options.db_option,
        options.address_option("--tmdb-url"),
        click.option("--online", is_flag=True, help="Search TMDB and list what it finds; nothing is stored."),
        click.option("--fetch", is_flag=True, help="First fetch it from TMDB by its id or address, and store it."),
    ):
        function = option(function)
    return function


@click.command(short_help="Show one film.")
@click.argument("film", nargs=-1, required=True)
@click.option("--history", is_flag=True, help="Show how votes, popularity, revenue, budget and status changed.")
@_look_options
def movie(film: tuple[str, ...], **asked: Any) -> None:
    """Show one stored film, by its id or address at TMDB or IMDb, or by its title.

    Titles are compared without case, accents and punctuation. Original titles are searched too, and other titles where
    the parts alternative_titles and translations are stored. Several films with similar titles are listed.

    \b
    ayne movie 550
    ayne movie tt0137523
    ayne movie https://www.themoviedb.org/movie/550-fight-club
    ayne movie the matrix
    ayne movie 550 --history
    ayne movie the matrix --online
    ayne movie 603 --fetch
    """
    from ayne.kinds import MOVIE

    _look(MOVIE, film, **asked)


@click.command(short_help="Show one series, its seasons and its episodes.")
@click.argument("series", nargs=-1, required=True)
@click.option("--season", type=click.IntRange(min=0), help="Show the episodes of this season; 0 for specials.")
@click.option("--history", is_flag=True, help="Show how votes, popularity, status, seasons and air dates changed.")
@_look_options
def series(series: tuple[str, ...], season: int | None, **asked: Any) -> None:
    """Show one stored series with its seasons, by its id or address at TMDB or IMDb, or by its name.

    Names are searched as `ayne movie` searches titles. An IMDb id finds a series if its part external_ids is stored.

    \b
    ayne series 1396
    ayne series https://www.themoviedb.org/tv/1396-breaking-bad
    ayne series breaking bad
    ayne series 1396 --season 2
    ayne series 1396 --history
    ayne series breaking bad --online
    ayne series 1396 --fetch
    """
    from ayne.kinds import SERIES

    _look(SERIES, series, season=season, **asked)


@click.command(short_help="Show one person, with their stored films and series.")
@click.argument("person", nargs=-1, required=True)
@click.option("--history", is_flag=True, help="Show how name, department and popularity changed.")
@_look_options
def person(person: tuple[str, ...], **asked: Any) -> None:
    """Show one stored person, by id, address or name, with the stored films and series that credit them.

    Names are searched as `ayne movie` searches titles; other names that TMDB has for a person are searched too.

    \b
    ayne person 287
    ayne person nm0000093
    ayne person https://www.themoviedb.org/person/287-brad-pitt
    ayne person brad pitt
    ayne person brad pitt --online
    ayne person 287 --fetch
    """
    from ayne.kinds import PERSON

    _look(PERSON, person, **asked)


def _look(
    kind: Kind,
    words: tuple[str, ...],
    *,
    history: bool,
    fetch: bool,
    online: bool,
    tmdb_url: str | None,
    db: Path | None,
    as_json: bool,
    season: int | None = None,
) -> None:
    path, text = options.database(db), " ".join(words).strip()
    if online:
        if fetch or history or season is not None:
            raise click.UsageError(
                f"--online lists what TMDB finds; leave out the other, or name the {kind.noun} by its id"
            )
        _list_found(kind, path, text, fetching.search(kind, text, tmdb_url), as_json=as_json)
        return
    if history and season is not None:
        raise click.UsageError("--history is of the whole series; leave out --season")
    if fetch:
        text = f"{kind.path}/{fetching.fetch(kind, path, text, tmdb_url)}"
    store = wiring.open_store(path).of(kind)
    found = find(store, text)
    freshness.say_if_collecting(store)
    if isinstance(found, list):
        _list_matches(kind, found, as_json=as_json)
        return
    if history:
        _print_history(kind, found, store.history(found["tmdb_id"]), as_json=as_json)
        return
    found = _standing_in(found, store)
    if season is not None:
        _print_episodes(kind, found, season, store, as_json=as_json)
        return
    _show_one(kind, found, store, as_json=as_json)


# Kinds of which other tables say more in a word.
_WITH_EXTRAS = ("movie", "series")

# So many of the films and series of a person are shown.
_TITLES = 30

_NUMBERS = frozenset(
    {"season", "episode", "episodes", "average", "votes", "runtime", "imdb_rating", "imdb_votes", "tmdb_id"}
)


def _show_one(kind: Kind, found: dict[str, Any], store: DuckDBClient, *, as_json: bool) -> None:
    if kind.name in _WITH_EXTRAS:
        found.update(store.named(f"{kind.name}_extras", id=found["tmdb_id"]).as_dicts()[0])
    seasons = store.named("seasons_of", id=found["tmdb_id"]) if kind.children else None
    titles = store.named("titles_that_name", id=found["tmdb_id"]) if kind.name == "person" else None
    if as_json:
        beside = {"seasons": seasons, "titles": titles}
        show_json(tables.as_json(found | {name: rows.as_dicts() for name, rows in beside.items() if rows}))
        return
    show(_title(kind, found), strong=True)
    for name, value in found.items():
        if value not in (None, [], "", False) and name not in _NOT_SHOWN:
            show_entry(name.replace("_", " "), _with_unit(name, value))
    if titles and titles.rows:
        show()
        tables.print_table(titles.columns, titles.rows[:_TITLES], right=_NUMBERS, first=("title", "released", "as"))
        if len(titles.rows) > _TITLES:
            say(f"{len(titles.rows):,} films and series, the latest {_TITLES} shown; --json has all")
    if seasons and seasons.rows:
        show()
        tables.print_table(seasons.columns, seasons.rows, right=_NUMBERS, first=("season", "name", "episodes"))
        if with_episodes := [row["season"] for row in seasons.as_dicts() if row["episodes"]]:
            say(
                f"`ayne {kind.name} {found['tmdb_id']} --season {with_episodes[-1]}` shows the episodes of the last one"
            )


def _print_episodes(kind: Kind, found: dict[str, Any], season: int, store: DuckDBClient, *, as_json: bool) -> None:
    told = store.named("episodes_of", id=found["tmdb_id"], season=season)
    if not told.rows:
        numbers = [f"{number}" for number, *_ in store.named("seasons_of", id=found["tmdb_id"]).rows]
        there = f"There are {', '.join(numbers)}" if numbers else "None of its seasons is stored; --fetch fetches them"
        raise AyneError(f"{_title(kind, found)} has no episodes of a season {season} here. {there}.")
    if as_json:
        of_series = {name: found[name] for name in ("tmdb_id", kind.title)}
        show_json(tables.as_json({**of_series, "season": season, "episodes": told.as_dicts()}))
        return
    show(f"{_title(kind, found)}, season {season}", strong=True)
    # Of episodes that nobody looked for in IMDb's files, nothing is said about IMDb.
    shown = [name for name in told.columns if not name.startswith("imdb") or any(row[name] for row in told.as_dicts())]
    rows = [[row[name] for name in shown] for row in told.as_dicts()]
    tables.print_table(shown, rows, right=_NUMBERS, first=("episode", "name", "air_date", "average"))


def find(store: DuckDBClient, text: str) -> dict[str, Any] | list[dict[str, Any]]:
    """Return the film, or another of the store's kind, that an id, an address or a title names; or a list of matches.

    Raises:
        click.BadParameter: the text means none.
        AyneError: none that is meant is stored.
    """
    from ayne.data_collection.given_ids import read_id

    kind = store.kind
    if not text:
        raise click.BadParameter("there is neither an id nor a title", param_hint=kind.noun.upper())
    given = read_id(text).of(kind)
    if given.outcome.startswith("not a "):
        raise click.BadParameter(f"{text!r} is {given.message}, not a {kind.noun}", param_hint=kind.noun.upper())
    named = given.imdb_id or given.tmdb_id
    found = store.movie(named) if named else None
    if named and not text.isdecimal():
        if found is None:
            raise AyneError(f"{store.path} has no {kind.noun} {named}. {_elsewhere(kind)}")
        return found
    # A number may be a title, too: 1917.
    titled = store.named("films_by_title", title=text, most=_LISTED).as_dicts()
    just_so = [row for row in titled if row["distance"] == 0 and (found is None or row["tmdb_id"] != found["tmdb_id"])]
    if found is not None:
        _say_others(kind, just_so, text)
        return found
    if len(just_so) == 1 or (len(titled) == 1 and titled[0]["distance"] < _ALIKE):
        _say_others(kind, [row for row in titled[1:] if row["distance"] < _ALIKE], text)
        return store.movie(int(titled[0]["tmdb_id"])) or titled
    if titled and titled[0]["distance"] < _ALIKE:
        return [row for row in titled if row["distance"] < _ALIKE]
    near = f"Did you mean {_named(kind, titled[0])}?" if titled else _elsewhere(kind)
    raise AyneError(f"{store.path} has no {kind.noun} {text if named else repr(text)}. {near}")


def _elsewhere(kind: Kind) -> str:
    """Say what to do about one that is not stored."""
    if kind.day:
        return "`ayne status` shows which years it has."
    return f"{kind.instead}; --fetch fetches one by its id, --online finds the id."


# From so far on a title is only spelled alike.
_ALIKE = 4


def _say_others(kind: Kind, others: list[dict[str, Any]], text: str) -> None:
    """Tell of those that may be meant as well."""
    if others:
        more = f" and {len(others) - 3:,} more" if len(others) > 3 else ""
        told = "; ".join(_named(kind, row) for row in others[:3])
        say(f"others with {text!r} in the {kind.title}: {told}{more}")


def _named(kind: Kind, row: dict[str, Any]) -> str:
    year = f" ({row['day'].year})" if row["day"] else ""
    return f"{row['tmdb_id']} {row['title'] or row['called']}{year}"


def _list_matches(kind: Kind, matches: list[dict[str, Any]], *, as_json: bool) -> None:
    columns = {"tmdb_id": "tmdb_id", "title": kind.title, "day": kind.day, "votes": kind.votes, "called": "called"}
    names = [name for name, column in columns.items() if column]
    if as_json:
        show_json(tables.as_json({"matches": [{columns[name]: row[name] for name in names} for row in matches]}))
        return
    if all(row["called"] == row["title"] for row in matches):
        names.remove("called")
    heads = {"title": kind.title, "day": "released", "called": "found as"}
    rows = [[f"{row[name]:,}" if name == "votes" and row[name] else row[name] for name in names] for row in matches]
    tables.print_table([heads.get(name, name) for name in names], rows, right=frozenset({"tmdb_id", "votes"}))
    found = matches[0]["found"]
    say(
        f"{tables.many(found, kind)}, {len(matches)} shown; more of the {kind.title} finds fewer"
        if found > len(matches)
        else f"{tables.many(len(matches), kind)}; `ayne {kind.name} {matches[0]['tmdb_id']}` shows the first"
    )


def _list_found(kind: Kind, path: Path, text: str, found: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Print what TMDB finds, and which of it is stored."""
    ids = [row["tmdb_id"] for row in found]
    held: set[int] = set()
    if ids and path.exists():
        of_kind = wiring.open_store(path).of(kind)
        held = {tmdb_id for tmdb_id in ids if (row := of_kind.movie(tmdb_id)) and row["details_at"] is not None}
    names = ("tmdb_id", kind.title, f"original_{kind.title}", *_shown_of_lists(kind))
    rows: list[dict[str, Any]] = [
        {**{name: value for name, value in row.items() if name in names}, "stored": row["tmdb_id"] in held}
        for row in found
    ]
    if as_json:
        show_json(tables.as_json({"found": rows}))
        return
    if not rows:
        said = f"Try fewer words of the {kind.title}, or another language's."
        raise AyneError(f"TMDB finds no {kind.noun} by {text!r}. {said}")
    columns = {"tmdb_id": "tmdb_id", kind.title: kind.title, **_shown_of_lists(kind), "stored": "stored"}
    cells = [{**row, "stored": "yes" if row["stored"] else ""} for row in rows]
    for row in cells if kind.votes else ():
        row[kind.votes] = f"{row[kind.votes] or 0:,}"
    shown = [[row[column] for column in columns] for row in cells]
    tables.print_table(list(columns.values()), shown, right=frozenset({"tmdb_id", "votes", "popularity"}))
    say(f"`ayne {kind.name} {ids[0]} --fetch` fetches the first")


def _shown_of_lists(kind: Kind) -> dict[str, str]:
    """Return what is shown of rows of lists, and their headings."""
    if kind.votes:
        return {kind.day: "released", kind.votes: "votes"}
    return {"known_for_department": "department", "popularity": "popularity"}


def _with_unit(name: str, value: Any) -> str:
    if name in {"budget", "revenue"}:
        return f"${value:,}"
    if name == "vote_count":
        return f"{value:,}"
    if name == "gender":
        return _GENDERS.get(value, str(value))
    if name == "runtime":
        return f"{value} min"
    if unit := _OF_RATINGS.get(name):
        return f"{value:,}{unit}"
    return f"{tables.shown(value)} UTC" if name.endswith("_at") else tables.shown(value)


def _title(kind: Kind, row: dict[str, Any]) -> str:
    if row[kind.title] is None and row["details_at"] is None and row["summary_at"] is None:
        what = kind.noun.capitalize()
        return f"{what} {row['tmdb_id']}: only its id is known, what TMDB said of it was purged"
    year = f" ({row[kind.day].year})" if kind.day and row[kind.day] else ""
    return f"{tables.shown(row[kind.title])}{year}"


def _standing_in(found: dict[str, Any], store: DuckDBClient) -> dict[str, Any]:
    """Return the film it was merged into, if that is stored."""
    passed = {found["tmdb_id"]}
    while (target := found["merged_into"]) is not None and found["gone_at"] is None and target not in passed:
        passed.add(target)
        other = store.movie(int(target))
        say(f"{found['tmdb_id']} is merged into {target}, {'shown instead' if other else 'not stored'}")
        if other is None:
            break
        found = other
    return found


def _print_history(kind: Kind, row: dict[str, Any], found: Rows, *, as_json: bool) -> None:
    if as_json:
        shown = {name: row[name] for name in ("tmdb_id", kind.title, "gone_at", "merged_into")}
        show_json(tables.as_json({**shown, "history": found.as_dicts()}))
        return
    show(_title(kind, row), strong=True)
    if not found.rows:
        show(f"  no history: it begins with the details of a {kind.noun}")
        return
    columns = [name for name in found.columns if name not in {"gone", "merged_into"}]
    numbers = frozenset(kind.tracked) - {kind.status}
    tables.print_table(columns, [[told[name] for name in columns] for told in found.as_dicts()], right=numbers)
