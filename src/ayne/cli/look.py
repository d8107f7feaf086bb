"""``ayne movie`` and ``ayne export``: looking at the films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import fetching, freshness, options, tables, wiring
from ayne.cli.terminal import say, show, show_entry, show_json
from ayne.errors import AyneError, ConfigurationError

if TYPE_CHECKING:
    from ayne.data_collection.tmdb.models import MovieSummary
    from ayne.database.delta_tables import SharedTable
    from ayne.database.duckdb_client import DuckDBClient, Rows


# Of no use to people; --json has them.
_NOT_SHOWN = {"title", "genre_ids", "production_company_ids", "collection_id", "poster_path", "backdrop_path", "raw"}


_OF_RATINGS = {"imdb_rating": " of 10", "imdb_votes": " votes", "rotten_tomatoes": " %", "metascore": " of 100"}


# So many films of a like title are listed.
_LISTED = 20


@click.command(short_help="Show one film.")
@click.argument("film", nargs=-1, required=True)
@click.option("--history", is_flag=True, help="How its votes, popularity, revenue, budget and status changed.")
@click.option("--fetch", is_flag=True, help="Fetch it from TMDB first, by its id or address, and store it.")
@click.option("--online", is_flag=True, help="List what TMDB itself finds by the title; nothing is stored.")
@options.address_option("--tmdb-url")
@options.db_option
@options.json_option
def movie(
    film: tuple[str, ...],
    history: bool,
    fetch: bool,
    online: bool,
    tmdb_url: str | None,
    db: Path | None,
    as_json: bool,
) -> None:
    """Show one stored film, by its id or address at TMDB or IMDb, or by its title.

    Of titles, case, accents and signs do not matter; original titles count, and others where the parts
    alternative_titles and translations are stored. Several films of like titles are listed.

    \b
    ayne movie 550
    ayne movie tt0137523
    ayne movie https://www.themoviedb.org/movie/550-fight-club
    ayne movie the matrix
    ayne movie 550 --history
    ayne movie the matrix --online
    ayne movie 603 --fetch
    """
    path, text = options.database(db), " ".join(film).strip()
    if online:
        if fetch or history:
            raise click.UsageError("--online lists what TMDB finds; leave out the other, or name the film by its id")
        _list_found(path, text, fetching.search(text, tmdb_url), as_json=as_json)
        return
    if fetch:
        text = f"/movie/{fetching.fetch(path, text, tmdb_url)}"
    store = wiring.open_store(path)
    found = find(store, text)
    freshness.say_if_collecting(store)
    if isinstance(found, list):
        _list_films(found, as_json=as_json)
        return
    if history:
        _print_history(found, store.history(found["tmdb_id"]), as_json=as_json)
        return
    found = _standing_in(found, store)
    found.update(store.named("movie_extras", id=found["tmdb_id"]).as_dicts()[0])
    if as_json:
        show_json(tables.as_json(found))
        return
    show(_title(found), strong=True)
    for name, value in found.items():
        if value not in (None, [], "", False) and name not in _NOT_SHOWN:
            show_entry(name.replace("_", " "), _with_unit(name, value))


def find(store: DuckDBClient, text: str) -> dict[str, Any] | list[dict[str, Any]]:
    """The film that is meant by an id, an address or a title; or a list of those that may be meant by a title.

    Raises:
        click.BadParameter: the text means no film.
        AyneError: none that is meant is stored.
    """
    from ayne.data_collection.given_ids import read_id

    if not text:
        raise click.BadParameter("there is neither an id nor a title", param_hint="FILM")
    given = read_id(text)
    if given.outcome == "not a film":
        raise click.BadParameter(f"{text!r} is {given.message}, not a film", param_hint="FILM")
    named = given.imdb_id or given.tmdb_id
    film = store.movie(named) if named else None
    if named and not text.isdecimal():
        if film is None:
            raise AyneError(f"{store.path} has no film {named}. `ayne status` shows which years it has.")
        return film
    # A number may be a title, too: 1917.
    titled = store.named("films_by_title", title=text, most=_LISTED).as_dicts()
    just_so = [row for row in titled if row["distance"] == 0 and (film is None or row["tmdb_id"] != film["tmdb_id"])]
    if film is not None:
        _say_others(just_so, text)
        return film
    if len(just_so) == 1 or (len(titled) == 1 and titled[0]["distance"] < _ALIKE):
        _say_others([row for row in titled[1:] if row["distance"] < _ALIKE], text)
        return store.movie(int(titled[0]["tmdb_id"])) or titled
    if titled and titled[0]["distance"] < _ALIKE:
        return [row for row in titled if row["distance"] < _ALIKE]
    near = f"Did you mean {_named(titled[0])}?" if titled else "`ayne status` shows which years it has."
    raise AyneError(f"{store.path} has no film {text if named else repr(text)}. {near}")


# From so far on a title is only spelled alike.
_ALIKE = 4


def _say_others(films: list[dict[str, Any]], text: str) -> None:
    """Tell of films that may be meant as well."""
    if films:
        more = f" and {len(films) - 3:,} more" if len(films) > 3 else ""
        say(f"others with {text!r} in the title: {'; '.join(map(_named, films[:3]))}{more}")


def _named(film: dict[str, Any]) -> str:
    year = f" ({film['release_date'].year})" if film["release_date"] else ""
    return f"{film['tmdb_id']} {film['title'] or film['called']}{year}"


def _list_films(films: list[dict[str, Any]], *, as_json: bool) -> None:
    names = ["tmdb_id", "title", "release_date", "vote_count", "called"]
    if as_json:
        show_json(tables.as_json({"matches": [{name: row[name] for name in names} for row in films]}))
        return
    if all(row["called"] == row["title"] for row in films):
        names.remove("called")
    heads = {"release_date": "released", "vote_count": "votes", "called": "found as"}
    rows = [[f"{row[name]:,}" if name == "vote_count" and row[name] else row[name] for name in names] for row in films]
    tables.print_table([heads.get(name, name) for name in names], rows, right=frozenset({"tmdb_id", "votes"}))
    found = films[0]["found"]
    say(
        f"{found:,} films, {len(films)} shown; more of the title finds fewer"
        if found > len(films)
        else f"{len(films)} films; `ayne movie {films[0]['tmdb_id']}` shows the first"
    )


def _list_found(path: Path, text: str, found: Sequence[MovieSummary], *, as_json: bool) -> None:
    """Films that TMDB finds, and which of them are stored."""
    ids = [film["tmdb_id"] for film in found]
    held: set[int] = set()
    if ids and path.exists():
        asked = "SELECT tmdb_id FROM films WHERE details_at IS NOT NULL AND tmdb_id IN (SELECT unnest($ids))"
        held = {tmdb_id for (tmdb_id,) in wiring.open_store(path).query(asked, {"ids": ids}).rows}
    names = ("tmdb_id", "title", "original_title", "release_date", "vote_count")
    rows: list[dict[str, Any]] = [
        {**{name: value for name, value in film.items() if name in names}, "stored": film["tmdb_id"] in held}
        for film in found
    ]
    if as_json:
        show_json(tables.as_json({"found": rows}))
        return
    if not rows:
        raise AyneError(f"TMDB finds no film by {text!r}. Try fewer words of the title, or another language's.")
    heads = ["tmdb_id", "title", "released", "votes", "stored"]
    shown = [
        [
            row["tmdb_id"],
            row["title"],
            row["release_date"],
            f"{row['vote_count'] or 0:,}",
            "yes" if row["stored"] else "",
        ]
        for row in rows
    ]
    tables.print_table(heads, shown, right=frozenset({"tmdb_id", "votes"}))
    say(f"`ayne movie {ids[0]} --fetch` brings the first")


def _with_unit(name: str, value: Any) -> str:
    if name in {"budget", "revenue"}:
        return f"${value:,}"
    if name == "vote_count":
        return f"{value:,}"
    if name == "runtime":
        return f"{value} min"
    if unit := _OF_RATINGS.get(name):
        return f"{value:,}{unit}"
    return f"{tables.shown(value)} UTC" if name.endswith("_at") else tables.shown(value)


def _title(film: dict[str, Any]) -> str:
    if film["title"] is None and film["details_at"] is None and film["summary_at"] is None:
        return f"Film {film['tmdb_id']}: only its id is known, what TMDB said of it was purged"
    year = f" ({film['release_date'].year})" if film["release_date"] else ""
    return f"{tables.shown(film['title'])}{year}"


def _standing_in(film: dict[str, Any], store: DuckDBClient) -> dict[str, Any]:
    """The film that a film was merged into, as far as it is stored."""
    passed = {film["tmdb_id"]}
    while (target := film["merged_into"]) is not None and film["gone_at"] is None and target not in passed:
        passed.add(target)
        found = store.movie(int(target))
        say(f"{film['tmdb_id']} is merged into {target}, {'shown instead' if found else 'not stored'}")
        if found is None:
            break
        film = found
    return film


def _print_history(film: dict[str, Any], found: Rows, *, as_json: bool) -> None:
    if as_json:
        shown = {name: film[name] for name in ("tmdb_id", "title", "gone_at", "merged_into")}
        show_json(tables.as_json({**shown, "history": found.as_dicts()}))
        return
    show(_title(film), strong=True)
    if not found.rows:
        show("  no history: it begins with a film's details")
        return
    columns = [name for name in found.columns if name not in {"gone", "merged_into"}]
    numbers = frozenset({"vote_count", "vote_average", "popularity", "revenue", "budget"})
    tables.print_table(columns, [[row[name] for name in columns] for row in found.as_dicts()], right=numbers)


# Names that end so are meant for files.
_FILE_ENDINGS = frozenset({".csv", ".parquet", ".jsonl", ".json", ".tsv", ".xlsx", ".gz", ".zip", ".duckdb"})

_OUT_HELP = (
    "The folder to write to, made when it is not there; or an address like s3://bucket/films, for Delta tables in an "
    "object store."
)


@click.command(short_help="Write the films to files, or to shared storage.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv", "jsonl", "delta"]),
    default="parquet",
    show_default="parquet, for an address delta",
)
@click.option("--out", required=True, metavar="PLACE", help=_OUT_HELP)
@click.option("--by-year", is_flag=True, help="The films as a folder of Parquet files, one for each year of release.")
@click.option("--verbatim", is_flag=True, help="CSV for programs: nothing is changed to keep spreadsheets from harm.")
@options.db_option
@options.json_option
def export(form: str, out: str, by_year: bool, verbatim: bool, db: Path | None, as_json: bool) -> None:
    """Write the films, their history, and each table of parts that has rows, to files that other programs read.

    Files appear when all of them are whole; schema.json says what the columns hold. Only what an earlier export wrote
    is replaced. In CSV, a text that a spreadsheet would take for a formula has an apostrophe in front.

    Delta tables are for many programs at once (Spark, Trino, Dask, Polars, DuckDB): only years of release in which
    something changed are written, and a reader sees a table as it was or as it is now. They need
    pip install "ayne[delta]"; credentials come from AWS_ACCESS_KEY_ID and the like.

    \b
    ayne export --format parquet --out films
    ayne export --format parquet --by-year --out films
    ayne export --format csv --out films
    ayne export --out s3://bucket/films
    """
    store = wiring.open_store(options.database(db))
    if form == "delta" or "://" in out:
        _export_delta(store, form, out, split=by_year or verbatim, as_json=as_json)
        return
    folder = options.expanded(Path(out))
    if folder.is_file():
        raise click.BadParameter(f"{out!r} is a file, not a folder", param_hint="--out")
    if folder.suffix.lower() in _FILE_ENDINGS and not folder.is_dir():
        raise click.BadParameter(
            f"{out!r} is called like a file, and an export is a folder of them. Name a folder, like --out "
            f'{folder.stem or "films"}; for one table in one file there is ayne sql --csv "FROM films" > {out}',
            param_hint="--out",
        )
    try:
        written = store.export(folder, form, by_year=by_year, verbatim=verbatim)
    except ValueError as error:
        raise click.UsageError(f"{error}") from None
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written to: {error}") from None
    if as_json:
        found = [{"table": name, "rows": rows, "path": str(path)} for name, rows, path in written]
        show_json(tables.as_json({"out": out, "format": form, "tables": found}))
        return
    for name, rows, path in written:
        show(f"{rows:>10,} {name} in {path}")


def _export_delta(store: DuckDBClient, form: str, out: str, *, split: bool, as_json: bool) -> None:
    if form != "delta" and options.given("form"):
        raise click.UsageError(
            f"{out} takes Delta tables, not {form} files: many programs read it, and none may see half an export. "
            f"Leave out --format, or name a folder with --out."
        )
    if split:
        raise click.UsageError("a Delta table is split by year in any case; leave out --by-year and --verbatim")
    written = store.export_delta(out)
    if as_json:
        found = [asdict(table) for table in written]
        show_json(tables.as_json({"out": out, "format": "delta", "tables": found}))
        return
    for table in written:
        show(f"{table.rows:>10,} {table.table}: {_what_changed(table)}, version {table.version}")


def _what_changed(table: SharedTable) -> str:
    if not (table.written or table.removed):
        return "as it was"
    size = f"{table.bytes / 1e6:,.1f} MB" if table.bytes >= 1e5 else f"{table.bytes / 1e3:,.1f} kB"
    gone = f", {table.removed} gone" if table.removed else ""
    return f"{table.written} of {table.partitions} years written{gone}, {size}"
