"""How fast ayne's client is, beside its rivals and the floors: the same film, the same server, one after the other.

    python -m benchmarks.speed                every setting, in some fourteen minutes
    python -m benchmarks.speed --quick        a few of them, in two

`pip install -e ".[benchmarks]"` brings the plot and the fastest floor.

Each client has a process of its own on one core and the server another; they take turns, several times, so that
whatever else this machine does meets them all. What counts is the computing time of the client's process for each film:
films a second are only what this machine made of it. Certificates are made for the run, and checked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click

from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from benchmarks.processes import KEY, MOST_SECONDS, ROOT, Figures, Skipped, sandbox

PLOT = ROOT / "docs" / "pictures" / "speed.svg"
PARTS = "credits,keywords"
RIVALS: tuple[str, ...] = ("themoviedb", "tmdbsimple", "tmdbv3api", "httpx")
FLOORS = ("aiohttp", "pyreqwest")
_NAMES = {"aiohttp": "floor: aiohttp + msgspec", "pyreqwest": "floor: pyreqwest + msgspec", "httpx": "bare httpx"}

_ALLOWED, _FILMS = 40, 400
# A client that is told 40 meets a server that counts to 40 now and then one request too early, by the network's whim.
_TOLD = 39.5


@dataclass(frozen=True, slots=True)
class Setting:
    """What is varied."""

    at_once: int
    kilobytes: int
    latency_ms: int = 0
    tls: bool = False

    def __str__(self) -> str:
        latency = f", {self.latency_ms} ms" if self.latency_ms else ""
        return f"{self.at_once} at once, {self.kilobytes} kB{latency}{', TLS' if self.tls else ''}"


ALL = [
    Setting(at_once, kilobytes, latency, tls)
    for tls, latency in ((False, 0), (False, 20), (True, 0))
    for kilobytes in (3, 60)
    for at_once in (10, 50, 200)
]
QUICK = [Setting(10, 3), Setting(50, 3), Setting(200, 3), Setting(50, 60)]


def speed(settings: Iterable[Setting] = tuple(ALL), rounds: int = 3, seconds: float = 0.7) -> Figures:
    """Let each client fetch the same film again and again, in turns, at every setting."""
    if find_spec("trustme") is None:
        raise Skipped("TLS needs trustme (it is among the test dependencies)")
    clients, skipped = _clients()
    runs: dict[Setting, dict[str, list[dict[str, Any]]]] = {}
    with TemporaryDirectory() as folder:
        certificate, authority = _certificates(Path(folder))
        films = {kilobytes: _film(Path(folder), kilobytes) for kilobytes in (3, 60)}
        for setting in settings:
            film, tmdb_id = films[setting.kilobytes]
            runs[setting] = defaultdict(list)
            with _server(film, setting.latency_ms / 1000, certificate if setting.tls else None) as url:
                for _ in range(rounds):
                    for name in clients:
                        if setting.tls and name == "pyreqwest":
                            continue
                        before = _stats(url)["connections"]
                        task = {"film": tmdb_id, "parts": PARTS, "at_once": setting.at_once}
                        environment = {"SSL_CERT_FILE": str(authority)} if setting.tls else {}
                        run = _run(
                            name, url, task | {"meter": {"seconds": seconds, "least": 2 * setting.at_once}}, environment
                        )
                        run["connections"] = _stats(url)["connections"] - before
                        runs[setting][name].append(run)
            _print(str(setting), {name: _summary(each) for name, each in runs[setting].items()})
    figures: Figures = {
        str(setting): {name: _summary(each) for name, each in by_client.items()} for setting, by_client in runs.items()
    }
    if find_spec("matplotlib") and {setting for setting in ALL if not setting.latency_ms} <= runs.keys():
        _plot(figures)
    return {"rounds": rounds, "skipped": skipped, "settings": figures}


def allowance() -> Figures:
    """Fetch 400 films from a server that answers 40 requests a second and 429 to the others."""
    clients, _ = _clients()
    figures: Figures = {"allowed_per_second": _ALLOWED, "told": _TOLD, "bound_seconds": _FILMS / _ALLOWED}
    with sandbox("--rate", str(_ALLOWED), "--movies", "1000") as server:
        film = server.ids()[0]
        for name in [name for name in clients if name not in FLOORS]:
            server.reset()
            task = {"film": film, "at_once": 20, "rate": _TOLD, "meter": {"most": _FILMS}}
            run = _run(name, server.url, task, {})
            answers = server.report()["by_status"]
            figures[name] = {
                "received": run["films"],
                "seconds": round(run["seconds"], 2),
                "refused": answers.get("429", 0),
            }
            click.echo(f"    {name:12} {figures[name]}", err=True)
    return figures


def _clients() -> tuple[list[str], dict[str, str]]:
    """Who is here, and why the others are not."""
    wanted = ["ayne", *RIVALS, *FLOORS]
    here = [name for name in wanted if find_spec(name)]
    skipped = {name: "not installed" for name in wanted if name not in here}
    skipped["tmdbfusion"] = "needs Python 3.13" if sys.version_info < (3, 13) else "not installed"
    return here, skipped


def _film(folder: Path, kilobytes: int) -> tuple[Path, int]:
    """A film of the sandbox with about so many kilobytes: one with a long cast."""
    films = Catalogue.generated(500)
    app = SandboxApp(films)
    query = f"api_key={KEY}&append_to_response={PARTS}"
    bodies = {film: app.answer(Request("GET", f"/3/movie/{film}", query)).body for film in films.ids(range(500))}
    tmdb_id = min(bodies, key=lambda film: abs(len(bodies[film]) - 3000))
    body = json.loads(bodies[tmdb_id])
    cast = body["credits"]["cast"]
    for n in range(kilobytes * 1000):
        if len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()) >= kilobytes * 1000:
            break
        cast.append(cast[n] | {"id": cast[n]["id"] + 1, "order": len(cast)})
    file = folder / f"{kilobytes}.json"
    file.write_text(json.dumps(body, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return file, tmdb_id


def _certificates(folder: Path) -> tuple[Path, Path]:
    import trustme  # noqa: PLC0415

    authority = trustme.CA()
    certificate, trusted = folder / "server.pem", folder / "authority.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    authority.cert_pem.write_to_path(str(trusted))
    return certificate, trusted


def _cores() -> tuple[int | None, int | None]:
    """Cores of their own for the server and the clients, where there are two."""
    if sys.platform != "linux" or len(cores := sorted(os.sched_getaffinity(0))) < 2:
        return None, None
    return cores[0], cores[1]


@contextmanager
def _server(film: Path, latency: float, certificate: Path | None) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.fast_server", str(film), "--latency", str(latency)]
    command += ["--certificate", str(certificate)] if certificate else []
    command += ["--core", str(core)] if (core := _cores()[0]) is not None else []
    process = subprocess.Popen(  # noqa: S603 - our own command line
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            if process.stdin:
                process.stdin.close()


def _stats(url: str) -> dict[str, int]:
    import httpx  # noqa: PLC0415

    with httpx.Client(trust_env=False, verify=False) as client:  # noqa: S501 - it is asked what it has seen
        seen: dict[str, int] = client.get(f"{url.removesuffix('/3')}/stats").json()
    return seen


def _run(name: str, url: str, task: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    task |= {"name": name, "url": url, "core": _cores()[1]}
    command = [sys.executable, "-m", "benchmarks.speed_clients", json.dumps(task)]
    done = subprocess.run(  # noqa: S603 - our own command line
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} ended with exit code {done.returncode}: {done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _summary(runs: list[dict[str, Any]]) -> Figures:
    """Medians of the rounds; of the computing time also the least and the most."""
    cpu = [run["cpu_ms"] for run in runs]
    return {
        "cpu_ms": round(median(cpu), 3),
        "cpu_ms_least": round(min(cpu), 3),
        "cpu_ms_most": round(max(cpu), 3),
        "per_second": round(median(run["per_second"] for run in runs)),
        "films": sum(run["films"] for run in runs),
        "failed": sum(run["failed"] for run in runs),
        "failure": next((run["failure"] for run in runs if run["failure"]), ""),
        "connections": round(median(run["connections"] for run in runs)),
    }


def _print(title: str, clients: dict[str, Figures]) -> None:
    floor = clients.get("aiohttp", {}).get("cpu_ms")
    click.echo(f"\n{title}", err=True)
    for name, seen in clients.items():
        ratio = f"{seen['cpu_ms'] / floor:6.2f} x the floor" if floor else ""
        click.echo(
            f"    {_NAMES.get(name, name):28}{seen['cpu_ms']:8.3f} ms ({seen['cpu_ms_least']:.3f} to "
            f"{seen['cpu_ms_most']:.3f}){ratio}{seen['per_second']:8,}/s{seen['films']:8,} films"
            f"{seen['failed']:5} failed{seen['connections']:6} connections  {seen['failure']}",
            err=True,
        )


def tell(figures: Figures) -> str:
    """The figures in a sentence."""
    settings: dict[str, Figures] = figures["settings"]
    told = []
    for title in ("10 at once, 3 kB", "50 at once, 3 kB", "200 at once, 3 kB", "50 at once, 60 kB"):
        if seen := settings.get(title):
            others = [f"{_NAMES.get(name, name)} {each['cpu_ms']:.2f}" for name, each in seen.items() if name != "ayne"]
            told.append(f"{title}: {seen['ayne']['cpu_ms']:.2f} ms of computing a film ({', '.join(others)})")
    return "; ".join(told)


def is_ahead(figures: Figures) -> bool:
    """Whether ayne computes less for a film than every rival at every setting, and received every film."""
    return all(
        seen["ayne"]["cpu_ms"] < seen[name]["cpu_ms"] and not seen["ayne"]["failed"]
        for seen in figures["settings"].values()
        for name in RIVALS
        if name in seen
    )


def tell_allowance(figures: Figures) -> str:
    """The figures in a sentence."""
    runs = ", ".join(
        f"{name} {seen['received']} in {seen['seconds']:g} s with {seen['refused']} times 429"
        for name, seen in figures.items()
        if isinstance(seen, dict)
    )
    return f"of {_FILMS} films, with a bound of {figures['bound_seconds']:g} s: {runs}"


def loses_nothing(figures: Figures) -> bool:
    """Whether ayne received every film; time, and a 429 that a busy machine's timers bring about, decide nothing."""
    return bool(figures["ayne"]["received"] == _FILMS)


def _plot(figures: Figures) -> None:
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "ayne"
    from matplotlib import pyplot  # noqa: PLC0415

    figure, axes = pyplot.subplots(1, 3, figsize=(11, 4), sharey=True)
    for axis, kilobytes, tls in zip(axes, (3, 60, 3), (False, False, True), strict=True):
        settings = [Setting(at_once, kilobytes, 0, tls) for at_once in (10, 50, 200)]
        for name in ("ayne", *RIVALS, *FLOORS):
            seen = [figures[str(setting)].get(name) for setting in settings]
            if all(seen):
                style = {"linewidth": 3} if name == "ayne" else {"linestyle": "--"} if name in FLOORS else {}
                shown = [each["cpu_ms"] for each in seen if each]
                axis.plot(["10", "50", "200"], shown, marker="o", label=_NAMES.get(name, name), **style)
        axis.set(title=f"{kilobytes} kB{', TLS' if tls else ''}", xlabel="requests at once", yscale="log")
    axes[0].set_ylabel("ms of computing for each film")
    axes[0].legend(fontsize="small")
    figure.tight_layout()
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, metadata={"Date": None})


@click.command()
@click.option("--quick", is_flag=True, help="A few settings only.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Turns of each client.")
@click.option("--seconds", type=float, default=0.7, show_default=True, help="Of each turn, after a warm-up.")
def main(quick: bool, rounds: int, seconds: float) -> None:
    """Measure and print; ``python -m benchmarks.figures speed`` keeps what was measured."""
    figures = speed(QUICK if quick else ALL, rounds, seconds)
    click.echo(tell(figures))
    for name, reason in figures["skipped"].items():
        click.echo(f"skipped: {name}, {reason}")


if __name__ == "__main__":
    main()
