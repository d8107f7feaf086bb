"""The bookkeeping of the page: how complete and how fresh the films are, and what that took."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ayne.kinds import KINDS
from ayne.report.charts import Chart, speed
from ayne.report.facts import Facts, Row
from ayne.report.markup import State, counted, duration, figure, folded, moment, short, span

# What a run does that is no discovery, by the key of its plan.
_JOBS = {
    "refresh": "refresh of {plural}",
    "names": "names of {plural}",
    "people": "{plural} of credits",
    "given": "{plural} of {file}",
}

JUSTWATCH = "Data on where to watch films come from JustWatch."


def completeness(facts: Facts, charts: Mapping[str, Chart]) -> Iterator[str]:
    """What the ledger says."""
    yield '<section id="coverage"><h2>Completeness</h2>'
    yield (
        '<p class="lead">For each range of release dates a ledger holds how many films TMDB reported, and how many '
        "different ones are known to lie in it. A range is proven when the two agree.</p>"
    )
    yield from figure(charts, "coverage_chart")
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
        yield folded("Films that could not be fetched", ["Reason", "Films"], rows)
    if facts.parts:
        rows = [[row["part"], row["films"], row["rows"], row["unreadable"]] for row in facts.parts]
        yield folded("Parts of films", ["Part", "Films", "Rows", "Unreadable rows"], rows)
    if has_providers(facts):
        yield f'<p class="soft">{JUSTWATCH}</p>'
    yield "</section>"


def _year(row: Row) -> list[Any]:
    year = "no date" if row["year"] is None else str(row["year"])
    numbers = [row[name] for name in ("films", "with_details", "listed", "reported")]
    return [year, *numbers, State(row["coverage"] or "not discovered")]


def _discovery(row: Row) -> list[Any]:
    unproven = row["best_effort"] + row["capped"] + row["overfull"]
    finished = moment(row["finished_at"]) or "not yet"
    return [row["identity"], row["films"], row["reported"], row["proven"], unproven, row["open"], finished]


def has_providers(facts: Facts) -> bool:
    """Whether JustWatch is to be named."""
    return any(row["part"] == "watch/providers" for row in facts.parts)


def freshness(facts: Facts, charts: Mapping[str, Chart]) -> Iterator[str]:
    """How old the copies are."""
    yield '<section id="upkeep"><h2>Freshness</h2>'
    yield from figure(charts, "ages")
    yield "</section>"


def runs(facts: Facts, charts: Mapping[str, Chart]) -> Iterator[str]:
    """What it took."""
    total = facts.run_totals
    yield '<section id="runs"><h2>Runs</h2>'
    yield (
        f'<p class="lead">{counted(total["runs"], "run")}, {counted(total["requests"], "request")}, '
        f"{short(total['bytes_received'])}B received, {duration(total['seconds'])} in all.</p>"
    )
    if charts["requests"].is_worth_drawing:
        yield from figure(charts, "requests")
    heads = ["Run", "Began (UTC)", "Took", "Outcome", "Asked for", "Stored", "Refreshed", "Requests"]
    heads += ["Asked again", "Paused", "Per second"]
    yield folded(f"The last runs ({len(facts.runs):,})", heads, [_run(run) for run in facts.runs])
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
        asked_for({"kind": told.get("kind", "movie"), **run["plan"]}),
        *(told.get(name) for name in ("details", "refreshed", "requests")),
        sum(told["retries"].values()) if "retries" in told else None,
        None if paused is None else duration(paused),
        speed(run) if told else None,
    ]


def asked_for(plan: Row) -> str:
    """What a run was to do, in a few words.

    >>> asked_for({"kind": "movie", "start_year": 2020, "end_year": 2024, "min_vote_count": 200, "append": ["credits"]})
    'films of 2020 to 2024, 200 votes or more, with credits'
    >>> asked_for({"kind": "person", "refresh": {"limit": 100}})
    'refresh of people, 100 at most'
    """
    kind = KINDS.get(plan["kind"])
    plural, has_years = (kind.plural, kind.discover is not None) if kind else (plan["kind"], True)
    words = []
    if job := next(filter(plan.__contains__, _JOBS), None):
        asked = plan[job]
        words = [_JOBS[job].format(plural=plural, **asked)]
        words[0] += " and their details" if job == "names" and asked.get("details") else ""
        words += [f"{limit:,} at most" if (limit := asked.get("limit")) is not None else ""]
    elif "start_year" in plan:
        of = f" of {span(plan['start_year'], plan['end_year'])}" if has_years else ""
        words = [f"{'sync of ' if 'sync' in plan else ''}{plural}{of}"]
        words += [f"{votes:,} votes or more" if (votes := plan.get("min_vote_count")) else ""]
        words += [f"ids from {plan['ids_from']}" if plan.get("ids_from", "discover") != "discover" else ""]
    words += [f"with {', '.join(plan['append'])}" if plan.get("append") else ""]
    return ", ".join(filter(None, words))
