"""The pictures of the site, drawn from runs on the sandbox: ``python -m benchmarks.pictures``.

Matplotlib draws them; it is installed by hand, for nothing else needs it. The same version draws the same files.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from tests.virtual_time import VirtualClock, run

from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.coverage import DiscoverPage, Range, RangeProgress
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.transport import SandboxTransport

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"

# Readable on white and on black: the pages have both, and a picture does not know on which it stands.
INK = "#7d838c"
COLORS = ("#2a9d76", "#d9822b", "#5b8def", "#c0568f")

_KEY = "0" * 32


def style() -> Any:
    """Matplotlib's ``pyplot``, set up so that pictures are small, the same each time, and readable on any ground."""
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("svg")
    from cycler import cycler  # noqa: PLC0415
    from matplotlib import pyplot  # noqa: PLC0415

    inks = ("axes.edgecolor", "axes.labelcolor", "text.color", "xtick.color", "ytick.color")
    mpl.rcParams.update(
        {
            "svg.hashsalt": "ayne",
            "svg.fonttype": "none",
            "font.family": "sans-serif",
            "savefig.transparent": True,
            "legend.framealpha": 0.0,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=COLORS),
            **dict.fromkeys(inks, INK),
        }
    )
    return pyplot


def save(figure: Any, name: str) -> None:
    """Write a picture for the site."""
    figure.tight_layout()
    figure.savefig(PICTURES / f"{name}.svg", metadata={"Date": None})


class _Noting(httpx.AsyncBaseTransport):
    """Notes when each request starts, on the loop's clock, and passes it on."""

    def __init__(self, app: SandboxApp) -> None:
        self._onward = SandboxTransport(app)
        self.starts: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.starts.append(asyncio.get_running_loop().time())
        return await self._onward.handle_async_request(request)


async def _pace() -> list[float]:
    """When requests start at 20 a second, a 429 among them."""
    clock = VirtualClock()
    app = SandboxApp(
        Catalogue.generated(500, seed=1), latency=0.1, faults=FaultPlan.parse("429@60"), clock=clock.monotonic
    )
    noting = _Noting(app)
    client = TMDBClient(_KEY, transport=noting, requests_per_second=20, clock=clock)
    async with client:
        ids = [film["tmdb_id"] for film in await client.discover_movies(1950, 2024, 0, max_pages=1)][:150]
        await client.get_batch_movie_details(ids[:150])
    return noting.starts


def draw_pace() -> None:
    """Requests over time, under the line that is promised."""
    starts = run(_pace())
    figure, axis = style().subplots(figsize=(8, 3.4))
    axis.step([0.0, *starts], range(len(starts) + 1), where="post", label="requests that started")
    axis.plot([0, starts[-1]], [1, 1 + 20 * starts[-1]], linestyle="--", color=INK, label="the most that is promised")
    axis.set(xlabel="seconds", ylabel="requests")
    axis.legend(loc="upper left")
    save(figure, "pace")


async def _walk(app: SandboxApp, first: int, last: int) -> AsyncIterator[DiscoverPage]:
    async with TMDBClient(_KEY, transport=SandboxTransport(app), requests_per_second=1e6, max_concurrent=20) as client:
        async for page in client.iter_discover(first, last, 0):
            yield page


async def _ranges() -> dict[Range, RangeProgress]:
    """How a span of two years ends, with more films than can be listed and one day that is very busy."""
    app = SandboxApp(Catalogue.generated(600_000, seed=1, busiest_day=11_000))
    return {progress.range: progress async for page in _walk(app, 2018, 2019) for progress in page.ledger}


def _in_rows(pieces: list[RangeProgress]) -> list[list[RangeProgress]]:
    """Pieces so that none lies above another of the same days, the widest on top."""
    rows: list[list[RangeProgress]] = []
    for piece in sorted(pieces, key=lambda piece: piece.range.start - piece.range.end):
        for row in rows:
            if not any(p.range.start <= piece.range.end and piece.range.start <= p.range.end for p in row):
                row.append(piece)
                break
        else:
            rows.append([piece])
    return rows


def draw_ranges() -> None:
    """The pieces of a span of days, a row for each time that it was cut."""
    ledger = asyncio.run(_ranges()).values()
    rows = _in_rows([piece for piece in ledger if piece.range == Range(piece.range.start, piece.range.end)])
    figure, axis = style().subplots(figsize=(8, 0.55 * len(rows) + 1.4))
    for n, row in enumerate(rows):
        for piece in row:
            start, days = piece.range.start, (piece.range.end - piece.range.start).days + 1
            is_split = piece.state == "split"
            # A day is too thin to be seen; it is drawn as wide as three.
            axis.barh(
                -n, max(days, 3), left=start, align="edge", height=0.8, color=COLORS[1 if is_split else 0], zorder=2
            )
            if days > 60:
                says = f"{piece.reported_high:,}{' ✂' if is_split else ''}"
                axis.text(start + timedelta(days=days / 2), 0.4 - n, says, color="white", ha="center", va="center")
    axis.set(yticks=[], title="films in each piece: cut (orange) until it can be listed (green)")
    axis.spines["left"].set_visible(False)
    save(figure, "ranges")


async def _sweeps(drift: float) -> tuple[list[int], int]:
    """Different films known after each page of a walk, and how many there are."""
    catalogue = Catalogue.generated(200_000, seed=1)
    app = SandboxApp(catalogue, drift=drift)
    known: set[int] = set()
    counts: list[int] = []
    async for page in _walk(app, 2019, 2019):
        known.update(film["tmdb_id"] for film in page.results)
        counts.append(len(known))
    with_dates = Query.parse({"primary_release_date.gte": "2019-01-01", "primary_release_date.lte": "2019-12-31"})
    return counts, len(catalogue.discover(with_dates))


def draw_sweeps() -> None:
    """Different films known, page by page, where pages shift and where they do not."""
    figure, axis = style().subplots(figsize=(8, 3.4))
    for drift, said in ((0.0, "pages that stand still"), (0.072, "pages that shift as recorded")):
        counts, total = asyncio.run(_sweeps(drift))
        axis.plot(range(1, len(counts) + 1), [100 * count / total for count in counts], label=said)
    axis.axhline(100, linestyle="--", color=INK)
    axis.set(xlabel="pages asked for", ylabel="% of the films of a year", ylim=(0, 105))
    axis.legend(loc="lower right")
    save(figure, "sweeps")


if __name__ == "__main__":
    draw_pace()
    draw_ranges()
    draw_sweeps()
