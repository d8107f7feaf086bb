"""The figures that the README shows: a sentence and a number each. The whole of each is in ``docs/reference``."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import conduct
from benchmarks.processes import Figures


def _completeness(figures: Figures) -> str:
    seen = figures["clamped"]
    return f"every film is found: {seen['found']:,} of {seen['films']:,}, in {seen['ratio']:.2f} x the fewest requests"


def _drifting_pages(figures: Figures) -> str:
    seen = figures["drift"]
    return (
        "where pages repeat films and leave others out, as in a recorded walk: "
        f"{seen['found']:,} of {seen['films']:,}, in {seen['ratio']:.2f} x the fewest requests"
    )


def _politeness(figures: Figures) -> str:
    seen = figures["at_40"]
    return f"told 40 requests a second, it starts at most {seen['worst_1s']} in any (promised {seen['promised_1s']:g})"


def _faults(figures: Figures) -> str:
    seen = figures[conduct.ON_SOCKETS]
    lost = seen["asked_for"] - seen["received"] - seen["failed"]
    share = seen["faults_served"] / seen["requests"]
    return (
        f"{share:.0%} of all answers fail: {seen['received']:,} of {seen['asked_for']:,} films come, "
        f"{seen['failed']} are listed as failed, {lost} are lost"
    )


def _kill_9(figures: Figures) -> str:
    return f"after {figures['kills']:,} times `kill -9`, 0 of {figures['acknowledged']:,} stored rows are lost"


def _simulated_life(figures: Figures) -> str:
    return (
        f"in {figures['trials']:,} lives of many runs under faults of all kinds, "
        f"0 of {figures['films_compared']:,} films are lost or doubled"
    )


def _garbage(figures: Figures) -> str:
    return f"of {figures['bodies']:,} spoiled answers, 0 bring a wrong value or a crash"


def _series(figures: Figures) -> str:
    what = f"of {figures['series_exist']:,} series with {figures['episodes']['exist']:,} episodes"
    return (
        f"{what}, {figures['missing']} are missing and {figures['wrong']} values wrong, "
        f"in {figures['ratio']:.2f} x the fewest requests"
    )


def _upkeep(figures: Figures) -> str:
    seen = figures["tmdb"]
    last = seen["by_day"][str(seen["days"])]
    return (
        f"{seen['budget']} requests a day keep the votes of {seen['films']:,} films within 1 or 1 % of TMDB's: "
        f"{last['sync']['votes_close']:.1%} after {seen['days']} days, one by one {last['in turn']['votes_close']:.1%}"
    )


def _whole_catalogue(figures: Figures) -> str:
    seen = figures["first"]
    return (
        f"a catalogue of TMDB's size, {figures['films']:,} films, takes {seen['peak_mb']} MB of memory; "
        f"{seen['seconds'] / 60:.0f} minutes from a server without a limit"
    )


IN_SHORT: dict[str, Callable[[Figures], str]] = {
    "completeness": _completeness,
    "drifting_pages": _drifting_pages,
    "politeness": _politeness,
    "faults": _faults,
    "kill_9": _kill_9,
    "simulated_life": _simulated_life,
    "garbage": _garbage,
    "series": _series,
    "upkeep_whole": _upkeep,
    "whole_catalogue": _whole_catalogue,
}
