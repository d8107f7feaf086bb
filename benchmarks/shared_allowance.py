"""Two programs that know nothing of each other share one allowance through a Redis server: what TMDB would see."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.redis_server import program, redis_server

from ayne.database.duckdb_client import DuckDBClient
from benchmarks import shared_limit
from benchmarks.processes import Figures, Sandbox, Skipped, sandbox, see_through, start_collect

_RATE = 40.0
# Half of the films each; whose request one is, is seen by the film.
_SPANS = {"one": (1890, 2004), "other": (2005, 2040)}


def shared_allowance() -> Figures:
    """Collect two halves of a sandbox's films with two commands at once, at one rate for both."""
    redis = program()
    if redis is None:
        raise Skipped("there is no redis-server")
    with TemporaryDirectory() as folder, redis_server(redis) as allowance:
        with sandbox("--movies", "1000", "--rate", shared_limit.SERVER_ALLOWS) as server:
            databases = {name: Path(folder) / f"{name}.duckdb" for name in _SPANS}
            started = [
                start_collect(server, databases[name], *_options(first, last), "--allowance", allowance.url)
                for name, (first, last) in _SPANS.items()
            ]
            for process in started:
                see_through(process)
            exist = {name: set(_films_of(server, *span)) for name, span in _SPANS.items()}
            log, seen = server.log(), server.report()
        stored = {name: _stored(database) for name, database in databases.items()}
    return _seen(log, seen, exist) | _outcome(exist, stored)


def _options(first: int, last: int) -> tuple[str, ...]:
    return ("--from", str(first), "--to", str(last), "--min-votes", "0", "--rate", f"{_RATE:g}")


def _films_of(server: Sandbox, first: int, last: int) -> list[int]:
    span = {"primary_release_date.gte": f"{first}-01-01", "primary_release_date.lte": f"{last}-12-31"}
    return server.ids(**span)


def _stored(database: Path) -> list[int]:
    rows = DuckDBClient(database).query("SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL").rows
    return [film for (film,) in rows]


def _seen(log: list[dict[str, Any]], seen: dict[str, Any], exist: dict[str, set[int]]) -> Figures:
    """What the server saw of both, and of each while both asked for films."""
    asked = {
        name: [entry["at"] for entry in log if entry["kind"] == "details" and entry["number"] in films]
        for name, films in exist.items()
    }
    begin, end = max(times[0] for times in asked.values()), min(times[-1] for times in asked.values())
    both = {name: sum(begin <= at <= end for at in times) for name, times in asked.items()}
    return {
        "seconds_of_both": round(end - begin, 1),
        "shares": {name: round(count / sum(both.values()), 3) for name, count in both.items()},
    } | shared_limit.figures_of(seen, _RATE)


def _outcome(exist: dict[str, set[int]], stored: dict[str, list[int]]) -> Figures:
    """Both databases beside the sandbox's own word."""
    counted = Counter(film for films in stored.values() for film in films)
    truth = set().union(*exist.values())
    return {
        "films": len(truth),
        "lost": len(truth - counted.keys()),
        "doubled": sum(count > 1 for count in counted.values()),
        "unexpected": len(counted.keys() - truth),
    }


def tell(figures: Figures) -> str:
    """The figures in a sentence."""
    shares = " and ".join(f"{share:.1%}" for share in figures["shares"].values())
    return (
        f"two commands at {figures['rate']:g}/s together: {shared_limit.told(figures)}; shares of "
        f"{shares}; of {figures['films']:,} films {figures['lost']} lost, {figures['doubled']} doubled"
    )


def is_kept(figures: Figures) -> bool:
    """Whether every film came once and no window was overfull; how the shares are is for the reader to judge."""
    wrong = ("lost", "doubled", "unexpected", "fetched_twice")
    return shared_limit.is_kept(figures) and not any(figures[name] for name in wrong)
