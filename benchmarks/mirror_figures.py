"""What a mirror of TMDB costs, predicted from smaller measurements, beside what was measured at its size."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import Any

from ayne.sandbox.catalogue import Catalogue
from benchmarks.film_sizes import films_of, of_the_recordings, of_the_sandbox
from benchmarks.kept import kept_figures
from benchmarks.mirror import (
    DAY,
    RECORDED_CHANGES,
    RECORDED_TOTALS,
    Cost,
    Film,
    Lists,
    Shape,
    cost,
    growth,
    shape,
    through,
    upkeep,
)
from benchmarks.processes import Figures, Skipped

# What is predicted from, and what it is compared with.
_NEEDED = (
    "all_of_tmdb",
    "completeness",
    "drifting_pages",
    "growth",
    "plan_against_run",
    "politeness",
    "whole_catalogue",
)
_ALL_OF_TMDB = 1_200_000
_TODAY = date(2026, 6, 1)
_RATES = (40, 4)
_TIMES = (1, 10, 100)
_PLANNED = "--from 2024 --to 2024 --min-votes 0"


def mirror() -> Figures:
    """Measure what a film takes on the wire and in the file, and predict what all of them take, today and larger."""
    known = {name: entry["figures"] for name, entry in kept_figures().items()}
    if missing := [name for name in _NEEDED if name not in known]:
        raise Skipped(f"it needs the figures of {', '.join(missing)}")
    sizes = {"sandbox": of_the_sandbox(), "recorded": of_the_recordings()}
    films = films_of(sizes)
    lists = Lists(known["drifting_pages"]["drift"]["ratio"], sizes["recorded"]["page"])
    columns = Catalogue.generated(_ALL_OF_TMDB).columns
    lie = shape(zip(columns.days, columns.votes, columns.popularities, strict=True), _TODAY)
    number = RECORDED_TOTALS[max(RECORDED_TOTALS)]
    added, share = growth()
    return {
        "films": number,
        "sizes": sizes,
        "costs": {name: _told(cost(number, film, lists)) for name, film in films.items()},
        "beside": _beside(known, sizes["sandbox"]),
        "shape": asdict(lie),
        "upkeep": _upkeep(number, lie, lists, added),
        "growth": {"films_a_year": round(added), "share_a_year": round(share, 3)},
        "times": {str(times): _larger(times * number, films, lists, lie, times * added) for times in _TIMES},
    }


def tell(figures: Figures) -> str:
    """The figures in a sentence."""
    costs = "; ".join(
        f"{name}: {seen['requests']:,} requests, {seen['hours_at_40']:g} h at 40/s, {seen['wire'] / 1e9:.1f} GB "
        f"received, {seen['file'] / 1e9:.1f} GB in the file"
        for name, seen in figures["costs"].items()
    )
    ratios = [row["ratio"] for row in figures["beside"]]
    return (
        f"{figures['films']:,} films, {costs}; {figures['upkeep'][0]['requests']:,} requests a day keep them fresh; "
        f"{len(ratios)} predictions: measured is {min(ratios):.2f} to {max(ratios):.2f} x what was predicted"
    )


def _told(costs: Cost) -> Figures:
    return {
        "requests": round(costs.requests),
        **{f"hours_at_{rate}": round(costs.hours(rate), 1) for rate in _RATES},
        "wire": round(costs.wire),
        "file": round(costs.file),
        "file_without_answers": round(costs.file_without_answers),
        "dollars_a_month": round(costs.dollars, 2),
    }


# --- what was predicted beside what was measured ----------------------------------------------------------------------


def _beside(known: dict[str, Any], sandbox: Figures) -> list[Figures]:
    """Each prediction with what it was made of, and what was measured at TMDB's size."""
    whole, smaller = known["whole_catalogue"], known["growth"]
    tenth, hundredth = smaller["100,000"], smaller["10,000"]
    films = whole["films"]
    still = Lists(known["completeness"]["true"]["ratio"], sandbox["page"])
    film = Film(sandbox["wire"], sandbox["rows"], sandbox["answer"])

    costs = cost(films, film, still)

    def grown(name: str) -> float:
        return through((hundredth["films"], hundredth["first"][name]), (tenth["films"], tenth["first"][name]), films)

    first, again, status = whole["first"], whole["again"], whole["status"]
    lists, polite = known["all_of_tmdb"]["true"], known["politeness"]["at_40"]
    listed = _row("requests to list every film", still.requests(films), lists["requests"], "completeness")
    return [
        {**listed, "by": "all_of_tmdb"},
        _row("requests to list and fetch every film", costs.requests, first["requests"], "completeness"),
        _bytes(known["plan_against_run"][_PLANNED], film, still),
        _row("MB in the file", costs.file / 1e6, whole["file_mb"], "mirror"),
        _row("requests a second when told 40", 40, polite["mean_rate"], "the limit") | {"by": "politeness"},
        _row("minutes without a limit", grown("seconds") / 60, first["seconds"] / 60, "growth"),
        _row("minutes of a core", grown("cpu_seconds") / 60, first["cpu_seconds"] / 60, "growth"),
        # What is not done for each film, and memory, should take what it took for a tenth of them.
        _row("MB of memory at most", tenth["first"]["peak_mb"], first["peak_mb"], "growth"),
        _row("seconds of a core when nothing is to do", tenth["again"]["cpu_seconds"], again["cpu_seconds"], "growth"),
        _row("seconds of a core of `ayne status`", tenth["status"]["cpu_seconds"], status["cpu_seconds"], "growth"),
    ]


def _bytes(run: Figures, film: Film, lists: Lists) -> Figures:
    """The bytes of bodies of a smaller run: the run over all films does not tell them."""
    films = run["actual"] / (1 + lists.requests(1))
    predicted = films * film.wire + lists.requests(films) * lists.wire
    row = _row(f"MB of {run['actual']:,} answers", predicted / 1e6, run["actual_bytes"] / 1e6, "mirror")
    return row | {"by": "plan_against_run"}


def _row(what: str, predicted: float, measured: float, source: str) -> Figures:
    told = {"what": what, "predicted": predicted, "measured": measured, "ratio": measured / predicted}
    rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in told.items()}
    return {**rounded, "from": source, "by": "whole_catalogue"}


# --- a day, and larger ------------------------------------------------------------------------------------------------


def _upkeep(films: float, lie: Shape, lists: Lists, added: float) -> list[Figures]:
    """A day of upkeep, when as few and when as many films changed as in recorded answers."""
    days = [upkeep(films, lie, changed / films, added / 365.25, lists) for changed in RECORDED_CHANGES]
    return [
        {
            **{name: round(value) for name, value in asdict(day).items()},
            "requests": round(day.requests),
            **{f"minutes_at_{rate}": round(day.requests / rate / 60) for rate in _RATES},
        }
        for day in days
    ]


def _larger(films: float, sorts: dict[str, Film], lists: Lists, lie: Shape, added: float) -> Figures:
    """What the same takes for more films that lie as today's do, and change as often."""
    most_changes = RECORDED_CHANGES[1] / RECORDED_TOTALS[max(RECORDED_TOTALS)]
    day = upkeep(films, lie, most_changes, added / 365.25, lists)
    # Lists drift as they do, or stand still; the allowance is what it is.
    plain = cost(films, sorts["films"], lists)
    still = cost(films, sorts["films"], replace(lists, overhead=1.0))
    return {
        "films": round(films),
        "requests": round(plain.requests),
        "requests_still": round(still.requests),
        **{f"days_at_{rate}": round(plain.hours(rate) / 24, 2) for rate in _RATES},
        "upkeep_requests": round(day.requests),
        **{f"upkeep_share_at_{rate}": round(day.requests / rate / DAY, 4) for rate in _RATES},
        "file": {name: round(cost(films, film, lists).file) for name, film in sorts.items()},
        "dollars_a_month": {name: round(cost(films, film, lists).dollars, 2) for name, film in sorts.items()},
    }
