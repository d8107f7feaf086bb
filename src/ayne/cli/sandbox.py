"""``ayne sandbox``."""

from __future__ import annotations

import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from ayne.cli import options
from ayne.cli.terminal import say
from ayne.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ayne.sandbox.catalogue import Catalogue
    from ayne.sandbox.clock import SandboxClock
    from ayne.sandbox.television import Television
    from ayne.sandbox.world import World


@click.command(short_help="Serve a stand-in for TMDB and OMDb.")
@click.option("--movies", type=click.IntRange(1, 5_000_000), default=20_000, show_default=True, help="Number of films.")
@click.option(
    "--series",
    type=click.IntRange(0, 1_000_000),
    default=2_000,
    show_default=True,
    help="Number of series.",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Seed of the films and series; the same seed makes the same."
)
@click.option(
    "--catalogue",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Serve real films from a table like tmdb_5000_movies.csv, plain or zipped.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address of this machine to listen on; if other machines can reach it, they can all use the sandbox.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option("--rate", type=options.Number(min=0, min_open=True), help="Answer 429 above N requests a second.")
@click.option(
    "--totals",
    type=click.Choice(["true", "clamped"]),
    default="true",
    show_default=True,
    help="Report true totals, or (clamped) at most 500 pages and 10,000 results, as TMDB did for years.",
)
@click.option(
    "--drift",
    type=options.Number(0, 0.25),
    default=0.0,
    help="Share of rows that repeat over 500 pages; TMDB's was 0.072.",
)
@click.option(
    "--cached",
    type=options.Count(min=1),
    is_flag=False,
    flag_value=28_800,
    metavar="[SECONDS]",
    help="Serve answers from caches, up to SECONDS old, or up to eight hours.",
)
@click.option("--faults", metavar="PLAN", help="Let answers fail, like seed=7,rate=0.2; `help` lists the ways.")
@click.option("--latency", type=options.Number(min=0), default=0.0, help="Delay each answer by this many seconds.")
@click.option("--busiest-day", type=options.Count(min=0), default=0, help="Number of films released on one single day.")
@click.option("--undated", type=options.Number(0, 1), default=0.0, help="Share of films without a release date.")
@click.option("--odd-series", type=options.Number(0, 1), default=0.0, help="Share of series with errors like TMDB's.")
@click.option("--short-pages", type=options.Number(0, 1), default=0.0, help="Share of pages with 19 films, not 20.")
@click.option(
    "--omdb-quota",
    type=options.Count(min=0),
    default=1000,
    show_default=True,
    help="OMDb requests that a key allows a day.",
)
@click.option("--api-key", "api_keys", multiple=True, metavar="KEY", help="Accept only this key; can be given again.")
@click.option(
    "--clock",
    metavar="now|START..now|START[xSPEED]",
    help="Give the sandbox a clock of its own, and let its films change: 2026-06-01x3600 passes an hour each second, "
    "2026-06-01..now has changed from that day until now.",
)
@click.option(
    "--pace", help="With --clock: how much changes a day, like edited=0.005, or tmdb for votes at TMDB's pace."
)
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def sandbox(
    movies: int,
    series: int,
    seed: int,
    catalogue: Path | None,
    host: str,
    port: int,
    rate: float | None,
    totals: str,
    drift: float,
    cached: int | None,
    faults: str | None,
    latency: float,
    busiest_day: int,
    undated: float,
    odd_series: float,
    short_pages: float,
    omdb_quota: int,
    api_keys: tuple[str, ...],
    clock: str | None,
    pace: str | None,
    until_stdin_closes: bool,
) -> None:
    """Serve a stand-in for TMDB and OMDb on this machine; any key is accepted.

    It prints its address on stdout. GET /sandbox/requests counts the requests it received.

    \b
    ayne sandbox --movies 60000 --port 8080
    AYNE_TMDB_URL=http://127.0.0.1:8080/3 TMDB_API_KEY=any ayne collect --from 2024
    ayne sandbox --drift 0.072 --cached --faults seed=7,rate=0.05
    ayne sandbox --faults details:404@1-500,discover:replicas.3=1
    ayne sandbox --faults help
    ayne sandbox --clock now
    ayne sandbox --clock 2026-06-01x3600
    """
    from ayne.sandbox.app import SandboxApp
    from ayne.sandbox.clock import SandboxClock
    from ayne.sandbox.faults import FaultPlan, explained
    from ayne.sandbox.server import is_loopback, serve

    if faults == "help":
        click.echo(explained())
        return
    stop = threading.Event()
    if until_stdin_closes:
        threading.Thread(target=_set_at_end_of_input, args=(stop,), daemon=True).start()
    try:
        own_time = SandboxClock.parse(clock) if clock else None
        app = SandboxApp(
            _world(
                _catalogue(catalogue, movies, seed, busiest_day, undated),
                _television(series, seed, odd_series),
                seed,
                own_time,
                pace,
            ),
            seed=seed,
            totals="clamped" if totals == "clamped" else "true",
            rate=rate,
            latency=latency,
            faults=FaultPlan.parse(faults) if faults else None,
            short_pages=short_pages,
            drift=drift,
            cached=cached or False,
            omdb_quota=omdb_quota,
            api_keys=frozenset(api_keys) or None,
            own_time=own_time,
        )
        if not is_loopback(host):
            say(f"warning: whoever reaches {host} can use this sandbox; it accepts any key and answers anybody")
        ready = click.echo if until_stdin_closes else partial(_announce, has_series=series > 0)
        serve(app, host=host, port=port, on_ready=ready, until=stop, anybody=True)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    except OSError as error:
        why = error.strerror or error
        raise ConfigurationError(f"{host}, port {port} cannot be used ({why}); --host and --port name others") from None


def _set_at_end_of_input(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


def _announce(url: str, *, has_series: bool) -> None:
    from ayne.sandbox.server import addresses

    click.echo(url)
    for name, address in addresses(url).items():
        click.echo(f"{name}={address}", err=True)
    # A file of its own: others hold films of other servers, which do not mix.
    file = f"sandbox-{urlsplit(url).port}.duckdb"
    for kind in ("", "--kind series ") if has_series else ("",):
        click.echo(f"try: AYNE_TMDB_URL={url} TMDB_API_KEY=any ayne collect {kind}--from 2024 --db {file}", err=True)


def _world(
    films: Catalogue,
    series: Callable[[float], Television],
    seed: int,
    own_time: SandboxClock | None,
    pace: str | None,
) -> World:
    from ayne.sandbox.pace import Pace
    from ayne.sandbox.world import World

    if own_time is None:
        if pace:
            raise ConfigurationError("--pace needs a time to pass: add --clock, like --clock 2026-06-01")
        return World(films, series=series)
    return World(films, seed=seed, pace=Pace.parse(pace or ""), start=own_time.midnight, series=series)


def _television(series: int, seed: int, odd: float) -> Callable[[float], Television]:
    from ayne.sandbox.television import Television

    return lambda as_of: Television.generated(series, seed, odd=odd, as_of=as_of)


def _catalogue(table: Path | None, movies: int, seed: int, busiest_day: int, undated: float) -> Catalogue:
    from ayne.sandbox.catalogue import Catalogue

    if table:
        return Catalogue.from_table(table)
    return Catalogue.generated(movies, seed, busiest_day=busiest_day, undated=undated)
