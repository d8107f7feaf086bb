"""What the server saw of several programs that keep to one limit, beside what was promised for all of them together."""

from __future__ import annotations

from typing import Any

from ayne.net.allowance import KEPT
from ayne.net.rate_limit import default_burst
from benchmarks.processes import Figures

# Seconds, and the name of the largest count in any window so long.
_WINDOWS = {1: "1s", 10: "10s"}

# What TMDB's staff once named as the most; above it the sandbox answers 429.
SERVER_ALLOWS = "50"


def figures_of(seen: dict[str, Any], rate: float) -> Figures:
    """The windows of a sandbox's report at a rate for all, each with its promise."""
    windows: Figures = {}
    for seconds, name in _WINDOWS.items():
        windows[f"worst_{name}"] = seen[f"worst_{name}"]
        windows[f"promised_{name}"] = default_burst(rate) + rate * (seconds + KEPT)
    return {
        "requests": seen["total"],
        "seconds": round(seen["last_at"] - seen["first_at"], 1),
        "rate": rate,
        "mean_rate": round(seen["mean_rate"], 2),
        **windows,
        "refused": seen["by_status"].get("429", 0),
        "fetched_twice": len(seen["repeated"]["details"]),
    }


def told(figures: Figures) -> str:
    """The windows in half a sentence."""
    return (
        f"the server saw {figures['mean_rate']:.1f}/s for {figures['seconds']:g} s, "
        f"at most {figures['worst_1s']} in 1 s (promised {figures['promised_1s']:g}) "
        f"and {figures['worst_10s']} in 10 s ({figures['promised_10s']:g}), {figures['refused']} times 429"
    )


def is_kept(figures: Figures) -> bool:
    """Whether no window was overfull."""
    return all(figures[f"worst_{name}"] <= figures[f"promised_{name}"] for name in _WINDOWS.values())
