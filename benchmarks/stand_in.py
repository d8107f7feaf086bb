"""The sandbox itself: how its pages drift, how fast it answers, and that it answers the same everywhere."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import chain, cycle, islice, pairwise
from statistics import median

import httpx

from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query
from benchmarks.load import answers_per_second
from benchmarks.processes import KEY, ROOT, Figures, Sandbox, Skipped, each_on_its_core, move, sandbox
from benchmarks.whole_runs import recordings

_RECORDED_SHARE = 0.072
_WALKS = 5
_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
_ALL_OF_TMDB = 1_200_000
_SAME = 2_000
_TURNS = 3
_LISTS = ("popular", "top_rated", "now_playing", "upcoming", "latest", "changes")
# Any moment will do; it decides which copies of which pages are met.
_NOW = 1_700_000_000.0


def drift_walk() -> Figures:
    """Walk 500 pages of a drifting sandbox with several seeds, and compare with the recorded walk of 500 pages."""
    file = recordings() / "tables" / "discover_2024_walk_500pages.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        recorded = [int(row["id"]) for row in csv.DictReader(lines)]
    films = Catalogue.generated(60_000)
    first = set(films.ids(films.discover(Query.parse({}))[:10_000]))
    walks = {"still": _walk(SandboxApp(films))}
    for seed in range(1, _WALKS + 1):
        app = SandboxApp(films, seed=seed, drift=_RECORDED_SHARE, wall_clock=lambda: _NOW)
        walks[f"drift_seed_{seed}"] = _walk(app)
    return {
        "recorded": _repetition(recorded),
        **{name: _repetition(walk) | {"missed": len(first - set(walk))} for name, walk in walks.items()},
    }


def _walk(app: SandboxApp) -> list[int]:
    pages = (Request("GET", "/3/discover/movie", f"api_key={KEY}&page={page}") for page in range(1, 501))
    return [row["id"] for page in pages for row in json.loads(app.answer(page).body)["results"]]


def _repetition(walk: Sequence[int]) -> Figures:
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, film in enumerate(walk):
        places[film].append(place)
    distances = sorted(b - a for where in places.values() for a, b in pairwise(where))
    return {
        "rows": len(walk),
        "distinct": len(places),
        "surplus": len(distances),
        "surplus_share": round(len(distances) / len(walk), 4),
        "films_by_appearances": dict(sorted(Counter(map(len, places.values())).items())),
        "distances": {f"{share:.0%}": distances[int(len(distances) * share)] for share in _QUANTILES if distances},
        "at_least_100_apart": sum(distance >= 100 for distance in distances),
    }


def sandbox_speed() -> Figures:
    """Start a sandbox of TMDB's size and ask it over a socket, each side on a core of its own; then the floor."""
    if find_spec("aiohttp") is None:
        raise Skipped("the floor needs aiohttp (it is among the test dependencies)")
    began = time.perf_counter()
    with each_on_its_core(), sandbox("--movies", str(_ALL_OF_TMDB)) as server:
        started = time.perf_counter() - began
        move(server.pid, 0)
        first = _seconds(f"{server.url}/discover/movie?api_key={KEY}")
        dated = _seconds(f"{server.url}/discover/movie?api_key={KEY}&primary_release_date.gte=2015-03-01&page=400")
        listed = [_ids(server, page) for page in range(1, 26)]
        targets = {
            "details": [f"/3/movie/{film}?api_key={KEY}" for film in chain.from_iterable(listed)],
            "discover_page_1": [f"/3/discover/movie?api_key={KEY}&page=1"],
            "discover_page_500": [f"/3/discover/movie?api_key={KEY}&page=500"],
        }
        figures: Figures = {
            "films": _ALL_OF_TMDB,
            "start_seconds": round(started, 1),
            "first_discover_ms": round(first * 1000),
            "first_dated_discover_ms": round(dated * 1000),
        }
        for name, paths in targets.items():
            figures[name] = _beside_aiohttp(server, paths)
        figures["resident_mb"] = _resident_mb(server.pid)
    return figures | {"in_process": _in_process()}


def _beside_aiohttp(server: Sandbox, paths: list[str]) -> Figures:
    """Ask the sandbox and the floor in turns: other work on this machine then slows both."""
    size = answers_per_second(server.url, paths, server.pid).body_bytes
    with _constant(size) as (floor, pid):
        move(pid, 0)
        turns = [
            (answers_per_second(server.url, paths, server.pid), answers_per_second(floor, ["/"], pid))
            for _ in range(_TURNS)
        ]
    ours, constant = zip(*turns, strict=True)
    figures = {
        "per_second": round(median(speed.per_second for speed in ours)),
        "aiohttp_per_second": round(median(speed.per_second for speed in constant)),
        "body_bytes": size,
    }
    computed = [[speed.per_cpu_second or speed.per_second for speed in speeds] for speeds in (ours, constant)]
    served, least = (median(speeds) for speeds in computed)
    return figures | {
        "per_cpu_second": round(served),
        "aiohttp_per_cpu_second": round(least),
        "of_aiohttp": round(served / least, 2),
    }


def _ids(server: Sandbox, page: int) -> list[int]:
    answer = httpx.get(f"{server.url}/discover/movie?api_key={KEY}&page={page}", trust_env=False, timeout=60)
    return [row["id"] for row in answer.json()["results"]]


def _seconds(url: str) -> float:
    began = time.perf_counter()
    httpx.get(url, trust_env=False, timeout=60).raise_for_status()
    return time.perf_counter() - began


def _in_process() -> Figures:
    """What the same questions cost without a socket, on a smaller catalogue."""
    films = Catalogue.generated(20_000)
    app = SandboxApp(films)
    details = [Request("GET", f"/3/movie/{film}", f"api_key={KEY}") for film in films.ids(range(2_000))]
    page = [Request("GET", "/3/discover/movie", f"api_key={KEY}&page=500")]
    return {"details_per_second": _rate(app, details), "discover_page_500_per_second": _rate(app, page)}


def _rate(app: SandboxApp, requests: list[Request]) -> int:
    app.answer(requests[0])
    began = time.perf_counter()
    for request in islice(cycle(requests), 2_000):
        app.answer(request)
    return round(2_000 / (time.perf_counter() - began))


def _resident_mb(pid: int) -> int | None:
    """The most memory that a process ever held, where the system tells."""
    if sys.platform != "linux":
        return None
    with open(f"/proc/{pid}/status", encoding="ascii") as status:  # noqa: PTH123 - no file of ours
        return next(int(line.split()[1]) // 1000 for line in status if line.startswith("VmHWM"))


@contextmanager
def _constant(size: int) -> Iterator[tuple[str, int]]:
    """Start aiohttp's server with one constant body of this size."""
    command = [sys.executable, "-m", "benchmarks.constant_server", str(size)]
    process = subprocess.Popen(  # noqa: S603 - our own command line
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with process:
        try:
            yield (process.stdout.readline().strip() if process.stdout else ""), process.pid
        finally:
            process.terminate()


def sandbox_same_everywhere() -> Figures:
    """Put the same requests to two sandboxes, started apart with other hash seeds, and compare what comes back."""
    options = ("--movies", "20000", "--seed", "7", "--drift", str(_RECORDED_SHARE), "--omdb-quota", "1000000")
    with (
        sandbox(*options, PYTHONHASHSEED="1") as one,
        sandbox(*options, PYTHONHASHSEED="2") as two,
        httpx.Client(trust_env=False, timeout=60) as client,
    ):
        films = httpx.get(f"{one.url}/discover/movie?api_key={KEY}", trust_env=False).json()["results"]
        requests = list(islice(_questions([film["id"] for film in films]), _SAME))
        differing: list[str] = []
        statuses: Counter[int] = Counter()
        for path in requests:
            answers = [client.get(server.url.removesuffix("/3") + path) for server in (one, two)]
            statuses[answers[0].status_code] += 1
            if len({(a.status_code, a.content, a.headers.get("ETag")) for a in answers}) > 1:
                differing.append(path)
    return {
        "requests": len(requests),
        "differing": len(differing),
        "which": differing[:5],
        "statuses": dict(sorted(statuses.items())),
    }


def _questions(films: list[int]) -> Iterator[str]:
    """Everything that can be asked, in turn."""
    parts = "credits,keywords,external_ids,release_dates,alternative_titles,images,videos,translations"
    more = "recommendations,similar,reviews,watch/providers"
    for n in range(1, 10_000):
        film, year = films[n % len(films)] + n // len(films), 1950 + n % 75
        yield f"/3/movie/{film}?api_key={KEY}"
        yield f"/3/movie/{film}?api_key={KEY}&append_to_response={parts},{more}&language=de"
        yield f"/3/movie/{film}/{(parts + ',' + more).split(',')[n % 12]}?api_key={KEY}"
        yield f"/3/movie/{film}/changes?api_key={KEY}"
        yield f"/3/discover/movie?api_key={KEY}&page={n}"
        yield f"/3/discover/movie?api_key={KEY}&page={n % 5 + 1}&primary_release_year={year}&sort_by=title.asc"
        yield f"/3/discover/movie?api_key={KEY}&with_genres=18|{n % 40}&vote_count.gte={n}&sort_by=vote_average.desc"
        yield f"/3/search/movie?api_key={KEY}&query=the&page={n % 9 + 1}"
        yield f"/3/find/tt{100_000 + n:07}?api_key={KEY}&external_source=imdb_id"
        yield f"/3/movie/{_LISTS[n % len(_LISTS)]}?api_key={KEY}"
        yield f"/3/{('collection', 'person', 'company', 'keyword')[n % 4]}/{n}?api_key={KEY}"
        yield f"/omdb/?apikey={KEY}&i=tt{100_000 + n:07}"
        yield f"/omdb/?apikey={KEY}&s=the&y={year}"
        yield f"/omdb/?apikey={KEY}&t=return&y={year}&plot=full&r=xml"
        yield f"/t/p/w{('92', '93')[n % 2]}/a{n}.{('jpg', 'png', 'svg')[n % 3]}"
        yield f"/sandbox/truth?ids=1&primary_release_year={year}"
