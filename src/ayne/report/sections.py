"""What stands on the page between its head and its foot."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ayne.report.drawing import Chart
from ayne.report.facts import Facts, Row
from ayne.report.markup import State, counted, duration, figures, folded, moment, on_the_right, short, span
from ayne.report.upkeep_charts import speed

JUSTWATCH = "Data on where to watch films come from JustWatch."

_TMDB_PAGE = "https://www.themoviedb.org/movie/"

# name, head (None: not shown, but searched), how it is written, whether it stands on the right
_FILM_COLUMNS = (
    ("tmdb_id", None, "number", True),
    ("title", "Title", "text", False),
    ("original_title", None, "text", False),
    ("release_date", "Released", "text", False),
    ("genres", "Genres", "list", False),
    ("original_language", "Language", "language", False),
    ("runtime", "Runtime", "minutes", True),
    ("vote_average", "Average", "rating", True),
    ("vote_count", "Votes", "number", True),
    ("imdb_rating", "IMDb", "rating", True),
    ("budget", "Budget", "money", True),
    ("revenue", "Revenue", "money", True),
)


def completeness(facts: Facts, charts: Mapping[str, Chart]) -> Iterator[str]:
    """What the ledger says."""
    yield '<section id="coverage"><h2>What is stored, and how complete</h2>'
    yield (
        '<p class="lead">For each range of release dates a ledger holds how many films TMDB reported, and how many '
        "different ones are known to lie in it. A range is proven when the two agree.</p>"
    )
    yield from figures(charts, years="wide")
    heads = ["Year", "Films", "With details", "Listed", "Reported by TMDB", "Coverage"]
    yield folded(f"Year by year ({len(facts.years):,})", heads, [_year(row) for row in facts.years])
    heads = ["Discovery", "Films", "Reported", "Ranges proven", "Not proven", "Open", "Finished (UTC)"]
    yield folded(
        f"The last discoveries ({len(facts.discoveries):,})", heads, [_discovery(row) for row in facts.discoveries]
    )
    if facts.unproven:
        there = facts.unproven[0]["ranges"]
        shown = f"{there:,}" if len(facts.unproven) == there else f"{len(facts.unproven)} of {there:,}"
        rows = [[row["range"], State(row["state"]), row["distinct_films"], row["reported"]] for row in facts.unproven]
        yield folded(f"Ranges that are not proven ({shown})", ["Range", "State", "Films known", "Reported"], rows)
    if facts.failures:
        rows = [[row["reason"].replace("_", " "), row["films"]] for row in facts.failures]
        yield folded("Films that could not be had", ["Reason", "Films"], rows)
    yield "</section>"


def _year(row: Row) -> list[Any]:
    year = "no date" if row["year"] is None else str(row["year"])
    numbers = [row[name] for name in ("films", "with_details", "listed", "reported")]
    return [year, *numbers, State(row["coverage"] or "not discovered")]


def _discovery(row: Row) -> list[Any]:
    unproven = row["best_effort"] + row["capped"] + row["overfull"]
    finished = moment(row["finished_at"]) or "not yet"
    return [row["identity"], row["films"], row["reported"], row["proven"], unproven, row["open"], finished]


def content(facts: Facts, charts: Mapping[str, Chart]) -> Iterator[str]:
    """What the films are like."""
    yield '<section id="content"><h2>The films</h2>'
    yield '<p class="lead">Each chart is of the films of which TMDB says what it shows.</p>'
    yield from figures(charts, averages="", averages_by_year="", money="wide tall", genres="", languages="")
    if facts.parts:
        rows = [[row["part"], row["films"], row["rows"], row["unreadable"]] for row in facts.parts]
        yield folded("Parts of films", ["Part", "Films", "Rows", "Unreadable rows"], rows)
    if has_providers(facts):
        yield f'<p class="soft">{JUSTWATCH}</p>'
    yield "</section>"


def has_providers(facts: Facts) -> bool:
    """Whether JustWatch is to be named."""
    return any(row["part"] == "watch/providers" for row in facts.parts)


def freshness(facts: Facts, charts: Mapping[str, Chart]) -> Iterator[str]:
    """How old the copies are."""
    newest, oldest = (moment(facts.overview[name]) for name in ("newest_at", "oldest_details_at"))
    yield '<section id="upkeep"><h2>Freshness</h2>'
    if newest:
        rest = f", the oldest details of {oldest}" if oldest else ""
        yield f'<p class="lead">The newest copy is of {newest}{rest} (UTC).</p>'
    yield from figures(charts, ages="wide")
    yield "</section>"


def runs(facts: Facts, charts: Mapping[str, Chart]) -> Iterator[str]:
    """What it took."""
    total = facts.run_totals
    yield '<section id="runs"><h2>Runs</h2>'
    yield (
        f'<p class="lead">{counted(total["runs"], "run")}, {counted(total["requests"], "request")}, '
        f"{short(total['bytes_received'])}B received, {duration(total['seconds'])} in all.</p>"
    )
    yield from figures(charts, requests="wide")
    heads = ["Run", "Began (UTC)", "Took", "Outcome", "Asked for", "Stored", "Refreshed", "Requests"]
    heads += ["Asked again", "Paused", "Per second"]
    yield folded(f"The last runs ({len(facts.runs):,})", heads, [_run(run) for run in facts.runs], unfolded=True)
    yield "</section>"


def _run(run: Row) -> list[Any]:
    """What one run did, in a row."""
    told = run["report"]
    paused = told.get("paused_seconds")
    return [
        run["run_id"],
        moment(run["started_at"]),
        duration(told["seconds"]) if "seconds" in told else None,
        State(run["outcome"]),
        asked_for(run["plan"]),
        *(told.get(name) for name in ("details", "refreshed", "requests")),
        sum(told["retries"].values()) if "retries" in told else None,
        None if paused is None else duration(paused),
        speed(run) if told else None,
    ]


def asked_for(plan: Row) -> str:
    """What a run was to do, in a few words.

    >>> asked_for({"start_year": 2020, "end_year": 2024, "min_vote_count": 200, "append": ["credits"]})
    '2020 to 2024, 200 votes or more, with credits'
    >>> asked_for({"refresh": {"limit": 100}})
    'refresh, 100 films at most'
    """
    words = []
    if "refresh" in plan:
        limit = plan["refresh"].get("limit")
        words = ["refresh", "" if limit is None else f"{limit:,} films at most"]
    elif "start_year" in plan:
        years = span(plan["start_year"], plan["end_year"])
        words = [f"sync of {years}" if "sync" in plan else years]
        words += [f"{votes:,} votes or more" if (votes := plan.get("min_vote_count")) else ""]
        words += [f"ids from {plan['ids_from']}" if plan.get("ids_from", "discover") != "discover" else ""]
    words += [f"with {', '.join(plan['append'])}" if plan.get("append") else ""]
    return ", ".join(filter(None, words))


def films(facts: Facts) -> Iterator[str]:
    """The table, which the script fills."""
    shown, there = len(facts.films), facts.overview["films"]
    part = (
        f"{there:,} films, all that are stored."
        if shown >= there
        else f"The {shown:,} most voted of {there:,} films; <code>ayne sql</code> finds the others."
    )
    heads = [
        f'<th scope="col" data-column="{name}"{on_the_right(is_right)}'
        f'{_SORTED if name == "vote_count" else ""}><button type="button">{head}</button></th>'
        for name, head, _, is_right in _columns(facts)
        if head
    ]
    yield f'<section id="table"><h2>Find a film</h2><p class="lead">{part}</p>'
    yield '<div class="tools"><input id="search" type="search" placeholder="Title, year, genre or language"'
    yield 'aria-label="Find a film" autocomplete="off" spellcheck="false">'
    yield '<button id="earlier" type="button" disabled>Earlier</button>'
    yield '<button id="later" type="button" disabled>Later</button>'
    yield '<span id="count" class="soft" role="status"></span></div>'
    yield '<div class="scroll" tabindex="0"><table id="films">'
    yield f"<thead><tr>{''.join(heads)}</tr></thead><tbody></tbody></table></div>"
    yield "<noscript><p>The table and the charts need JavaScript; nothing is fetched for them.</p></noscript></section>"


_SORTED = ' aria-sort="descending"'


def _columns(facts: Facts) -> list[tuple[str, str | None, str, bool]]:
    """The columns of the table; without OMDb's ratings there is none for them."""
    rated = any(film["imdb_rating"] is not None for film in facts.films)
    return [column for column in _FILM_COLUMNS if rated or column[0] != "imdb_rating"]


def film_data(facts: Facts) -> dict[str, Any]:
    """The table for the script: rows are lists, which takes half the bytes of mappings."""
    columns = _columns(facts)
    return {
        "columns": [{"name": name, "head": head, "kind": kind, "right": right} for name, head, kind, right in columns],
        "rows": [[_sent(film, column[0]) for column in columns] for film in facts.films],
        # Ids of a sandbox are other films there.
        "link": _TMDB_PAGE if facts.servers == ["TMDB"] else None,
    }


def _sent(film: Row, name: str) -> Any:
    """What nobody would miss is not sent."""
    if name == "original_title" and film[name] == film["title"]:
        return None
    return film[name]
