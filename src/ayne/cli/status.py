"""``ayne status``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import freshness, options, tables, wiring
from ayne.cli.live_view import duration
from ayne.cli.tables import many
from ayne.cli.terminal import show, show_json

if TYPE_CHECKING:
    from ayne.data_collection.refresh import RefreshPolicy
    from ayne.database.duckdb_client import DuckDBClient
    from ayne.kinds import Kind

# So many years get a line each; those before them share one a decade.
_YEARS = 20

# So many runs are told of; the statement `latest_runs` says so, too.
_RUNS = 5

_YEAR_COLUMNS = ("films", "with_details", "listed", "reported")


@click.command(short_help="Show what is stored and what is due.")
@options.db_option
@options.policy_option
@click.option("--all-years", is_flag=True, help=f"Show a line for each year, not only for the last {_YEARS}.")
@click.option(
    "--check", is_flag=True, help="Print one line that says whether all is well, and exit with 1 if not; for cron."
)
@click.option(
    "--max-age",
    type=options.Number(min=0, min_open=True),
    default=2.0,
    show_default=True,
    help="With --check: the last finished run may be at most this many days old.",
)
@options.stored_kind_option
@options.json_option
def status(
    db: Path | None,
    policy: Path | None,
    all_years: bool,
    check: bool,
    max_age: float,
    kinds: tuple[Kind, ...] | None,
    as_json: bool,
) -> None:
    """Show what is stored, how far discovery is, what failed and the last runs. Works while a collection is running.

    For --check all is well when every list is complete, no copy comes close to the six months that TMDB's terms allow,
    and a collection, refresh or sync has finished lately.

    \b
    ayne status
    ayne status --json
    ayne status --check || mail -s "ayne needs you" me@example.org
    """
    path = options.database(db)
    store = wiring.open_store(path)
    now = datetime.now(UTC)
    rules = wiring.read_policy(policy)
    each = [_document(store.of(kind), path, rules, now) for kind in kinds or store.kinds]
    if kinds is None:
        # What a file could hold and does not is not worth a word, unless it is all that there is.
        each = [document for document in each if document["films"] or document["discoveries"]] or each[:1]
    wrong = list(dict.fromkeys(told for document in each for told in problems(document, now, timedelta(days=max_age))))
    each[0]["problems"] = wrong
    if as_json:
        others = {document["kind"]: document for document in each[1:]}
        show_json(tables.as_json(each[0] | ({"kinds": others} if others else {})))
    elif check:
        show(in_one_line(each))
    else:
        for document in each:
            _show(document, store, all_years=all_years, is_last=document is each[-1])
    if check and wrong:
        raise SystemExit(1)


def _show(document: dict[str, Any], store: DuckDBClient, *, all_years: bool, is_last: bool) -> None:
    for line in _lines(document, freshness.told_now(store)):
        show(line)
    years = document["by_year"] if _kind(document).day else []
    _table(
        _without_empty(years if all_years else _by_decade(years)),
        {"year", *_YEAR_COLUMNS},
        kind=_kind(document),
        first=("year", "films", "with_details", "coverage"),
    )
    if years:
        show()
    for row in document["discoveries"]:
        for line in _discovery(row, _kind(document)):
            show(line)
    kind = _kind(document)
    _table(document["failures"], {"films"}, kind=kind)
    _table(document["parts"], {"films", "rows", "unreadable"}, kind=kind)
    unread = [{"unread key": row["key"], "films": row["films"]} for row in document["unread_keys"][:10]]
    _table(unread, {"films"}, kind=kind)
    if not is_last:
        show()
        return
    is_at_work = document["collecting"] is not None
    runs = [_run(row, is_at_work=is_at_work and row is document["runs"][0]) for row in document["runs"]]
    # A run may have been of another kind than films.
    if [kind.name for kind in store.kinds] != ["movie"]:
        runs = [{"fetched" if name == "films" else name: value for name, value in row.items()} for row in runs]
    _table(
        runs,
        {"run", "films", "fetched", "requests"},
        first=("run", "outcome", "started (UTC)"),
    )


def _kind(document: dict[str, Any]) -> Kind:
    from ayne.kinds import KINDS, MOVIE

    return KINDS.get(document.get("kind", ""), MOVIE)


def problems(document: dict[str, Any], now: datetime, max_age: timedelta) -> Iterator[str]:
    """Return what needs attention, in words.

    >>> well = {"discoveries": [], "expiring": {"expiring": 3, "overdue": 0}, "runs": [], "clock": None}
    >>> list(problems(well, datetime(2026, 2, 14, tzinfo=UTC), timedelta(days=2)))
    ['3 films are half a year old within a week', 'no run has been done yet']
    """
    if document["clock"]:
        yield f"the clock is in doubt: {document['clock']}"
    newest: dict[str, dict[str, Any]] = {}
    for row in document["discoveries"]:
        newest.setdefault(row["identity"], row)
    unfinished = [row for row in newest.values() if not row["finished_at"] or row["open"]]
    if unfinished:
        yield f"{many(len(unfinished), 'discovery', 'discoveries')} not finished"
    if overdue := document["expiring"]["overdue"]:
        yield f"{many(overdue, _kind(document))} may no longer be kept"
    if soon := document["expiring"]["expiring"]:
        yield f"{many(soon, _kind(document))} {'is' if soon == 1 else 'are'} half a year old within a week"
    done = [row["finished_at"] for row in document["runs"] if row["outcome"] == "done"]
    if not done:
        yield "no run has been done yet" if len(document["runs"]) < _RUNS else f"none of the last {_RUNS} runs was done"
    elif now - max(done).replace(tzinfo=UTC) > max_age:
        yield f"the last run that was done ended on {max(done):%Y-%m-%d}"


def in_one_line(each: Sequence[dict[str, Any]]) -> str:
    """Return the state in one line, for a log or a mail."""
    first, *_ = each
    held = [f"{many(told['films'], _kind(told))}, {told['with_details']:,} with details" for told in each]
    wrong = first["problems"]
    return f"{first['database']}: {'; '.join(wrong) if wrong else 'all is well'} ({'; '.join(held)})"


def _document(store: DuckDBClient, path: Path, rules: RefreshPolicy, now: datetime) -> dict[str, Any]:
    """Everything there is to tell, as of one moment."""
    from ayne.data_collection.retention import clock_doubt, expiring_before, to_be_removed_before

    with store.one_moment():
        return {
            "database": str(path),
            "kind": store.kind.name,
            **freshness.as_values(store.freshness()),
            **store.named("overview").as_dicts()[0],
            "inside": {child.plural: store.named(f"count_{child.table}").rows[0][0] for child in store.kind.family[1:]},
            "clock": clock_doubt(now, None, store.newest_moment()),
            "expiring": store.expiring(expiring_before(now), to_be_removed_before(now)),
            "by_year": store.named("films_by_year").as_dicts() if store.kind.day else [],
            "discoveries": store.named("sweeps_overview").as_dicts(),
            **store.named("change_feed_overview").as_dicts()[0],
            "due": _due(store, rules, now),
            "numbers": _numbers(store, now),
            "failures": store.named("failures_by_reason").as_dicts(),
            "ratings": store.named("ratings_overview").as_dicts()[0],
            "quotas": store.named("quotas_of_day", day=now.date()).as_dicts(),
            "parts": store.named("parts_overview").as_dicts(),
            "raw": store.named("count_raw").as_dicts()[0],
            "unread_keys": store.named("unread_keys").as_dicts(),
            "runs": store.named("latest_runs").as_dicts(),
        }


def _numbers(store: DuckDBClient, now: datetime) -> dict[str, Any]:
    """Return how fresh votes are believed to be, and how old."""
    from ayne.data_collection.numbers import freshness as believed
    from ayne.data_collection.numbers import surprises

    today = now.date()
    found = believed(store.number_copies(), today, surprises(store.number_looks(today), today))
    return {
        "equal": round(found.expected.equal_share, 4),
        "close": round(found.expected.close_share, 4),
        "median_age": found.median_age,
        "oldest_age": found.oldest_age,
    }


def _due(store: DuckDBClient, rules: RefreshPolicy, now: datetime) -> dict[str, int]:
    """Return how many films come due by which moment; for a later moment, those due by then."""
    from ayne.data_collection.refresh import due

    then = now + timedelta(days=7)
    count = dict.fromkeys(("now", "today", "this_week", "changed"), 0)
    for copy in store.stored_copies(rules.may_be_due(then), then):
        for name, moment in (("now", now), ("today", now + timedelta(days=1)), ("this_week", then)):
            count[name] += due(copy, moment, rules) is not None
        count["changed"] += copy.changed_at is not None
    return count


def _lines(document: dict[str, Any], fresh: str) -> Iterator[str]:
    """Return the figures as lines no longer than 80."""
    kind = _kind(document)
    held, details = many(document["films"], kind), f", {document['with_details']:,} with details"
    yield f"{document['database']}: {held}{details if kind.has_more_in_details else ''}"
    if document["inside"]:
        yield ", ".join(f"{count:,} {plural}" for plural, count in document["inside"].items())
    yield fresh
    for name in ("without_details", "gone", "merged", "failed"):
        # Of names nobody wants the details of all.
        if document[name] and not (name == "without_details" and kind.is_named_by_exports):
            yield f"{document[name]:>12,} {name.replace('_', ' ')}"
    if document["raw"]["films"]:
        yield f"{document['raw']['films']:>12,} with TMDB's answer stored, for `ayne rebuild`"
    if document["newest_at"]:
        oldest = document["oldest_details_at"]
        yield f"newest copy {tables.shown(document['newest_at'])} UTC" + (
            f", oldest {tables.shown(oldest)} UTC" if oldest else ""
        )
    if document["clock"]:
        yield f"clock: {document['clock']}"
    coming = document["due"]
    if kind.has_more_in_details:
        yield (
            f"due again: {many(coming['now'], kind)} now, {coming['today']:,} within a day, "
            f"{coming['this_week']:,} within a week, a request each"
        )
    votes = document["numbers"]
    if votes["median_age"] is not None and kind.votes:
        close, equal = 100 * votes["close"], 100 * votes["equal"]
        yield f"votes: {close:.1f} % expected within 1 or 1 % of TMDB's, {equal:.1f} % equal;"
        yield f"{'':>12} {votes['median_age']} days old in the middle, {votes['oldest_age']} at most"
    if document["watermark"]:
        changed = many(document["changed"], f"changed {_kind(document).noun}", f"changed {_kind(document).plural}")
        yield f"change feed read up to {document['watermark']}: {changed} to be fetched"
    yield from _expiring(document["expiring"])
    yield from _ratings(document["ratings"], document["quotas"], _kind(document))


def _expiring(films: dict[str, int]) -> Iterator[str]:
    """Say which copies TMDB's terms require to renew, if any."""
    if films["expiring"]:
        yield f"{films['expiring']:>12,} to be fetched again this week, or removed: half a year old by then"
    if films["overdue"]:
        yield f"{films['overdue']:>12,} may no longer be kept: fetch them again, or run `ayne purge`"
    if films["not_to_be_had"]:
        yield f"{films['not_to_be_had']:>12,} of those are gone from TMDB: `ayne purge` removes them in time"


def _ratings(counts: dict[str, Any], quotas: list[dict[str, Any]], kind: Kind) -> Iterator[str]:
    """Say what OMDb answered, once it was asked."""
    if not any(counts[name] for name in ("rated", "none", "mismatched", "failed")):
        return
    others = {
        "none": "unknown to OMDb",
        "mismatched": "answered with another",
        "failed": "failed",
        "not_asked": "not asked yet",
    }
    told = [f"{counts[name]:,} {words}" for name, words in others.items() if counts[name]]
    yield ", ".join([f"ratings: {many(counts['rated'], kind)} rated", *told])
    for row in quotas:
        of = "" if row["source"] == "OMDb" else " of another OMDb"
        yield f"{row['remaining']:>12,} of {row['quota']:,} requests{of} left until midnight UTC"


def _by_decade(years: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the latest years as they are, and add up those before them into decades with a common coverage.

    >>> rows = [{"year": year, "films": 1, "with_details": 1, "listed": 1, "reported": 1, "coverage": "proven"}
    ...         for year in range(2026, 1988, -1)]
    >>> [row["year"] for row in _by_decade(rows)][-3:]
    ['2000-2006', '1990s', '1980s']
    """
    shown, decades = years[:_YEARS], dict[str, list[dict[str, Any]]]()
    for row in years[_YEARS:]:
        name = "no date" if row["year"] is None else _span(row["year"], years[_YEARS - 1]["year"])
        decades.setdefault(name, []).append(row)
    for name, rows in decades.items():
        sums = {
            column: None if any(row[column] is None for row in rows) else sum(row[column] for row in rows)
            for column in _YEAR_COLUMNS
        }
        states = {row["coverage"] for row in rows}
        shown = [*shown, {"year": name, **sums, "coverage": states.pop() if len(states) == 1 else "mixed"}]
    return shown


def _span(year: int, above: int) -> str:
    """Return the decade of a year, or the part of it before the first year that has a line of its own."""
    decade = year // 10 * 10
    if above // 10 != year // 10:
        return f"{decade}s"
    return f"{decade}-{above - 1}" if above - 1 > decade else f"{decade}"


def _without_empty(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out columns that are empty in every row: a range across years has no numbers by year."""
    columns = [name for name in (rows[0] if rows else ()) if any(row[name] is not None for row in rows)]
    return [{name: row[name] for name in columns} for row in rows]


def _discovery(row: dict[str, Any], kind: Kind) -> Iterator[str]:
    """Return a discovery without the settings that most discoveries share."""
    usual = f" sort_by={kind.discover.newest_first}" if kind.discover else ""
    finished = f"finished {row['finished_at'].date()}" if row["finished_at"] else "not finished"
    yield f"discovery {row['identity'].replace(usual, '')}, {finished}"
    counts = {name: value or 0 for name, value in row.items() if name not in {"identity", "started_at", "finished_at"}}
    yield f"  {tables.coverage(counts, kind.plural)}"


def _run(row: dict[str, Any], *, is_at_work: bool) -> dict[str, Any]:
    """Return a run as one row."""
    import msgspec

    from ayne.data_collection.run_report import told_outcome

    report = msgspec.json.decode(row["report"]) if row["report"] else {}
    took = duration((row["finished_at"] - row["started_at"]).total_seconds()) if row["finished_at"] else None
    films = report.get("details", 0) + report.get("refreshed", 0) if report else None
    return {
        "run": row["run_id"],
        "started (UTC)": row["started_at"],
        "took": took,
        "films": films,
        "requests": report.get("requests"),
        "outcome": told_outcome(row["outcome"], is_at_work=is_at_work),
    }


def _table(rows: list[dict[str, Any]], right: set[str], first: Sequence[str] = (), kind: Kind | None = None) -> None:
    """Print a table under a heading."""
    if not rows:
        return
    show()
    if kind:
        rows = [{kind.plural if name == "films" else name: value for name, value in row.items()} for row in rows]
        right, first = {*right, kind.plural}, [kind.plural if name == "films" else name for name in first]
    names, counted = list(rows[0]), right - {"year", "run"}
    cells = [
        [f"{value:,}" if name in counted and value is not None else value for name, value in row.items()]
        for row in rows
    ]
    shown = tables.print_table(names, cells, right=frozenset(right), first=first)
    if shown < len(names):
        show(f"{len(names)} columns, {shown} shown; --json has all")
