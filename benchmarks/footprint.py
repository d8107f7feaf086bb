"""What ayne weighs: the time of its commands and the size of an installation; and what it reads of recorded traffic."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ayne.data_collection.omdb.records import read_title
from ayne.data_collection.tmdb.records import read_details, read_page
from ayne.errors import SourceError
from ayne.net.session import Answer
from benchmarks.processes import MOST_SECONDS, ROOT, Figures
from benchmarks.whole_runs import recordings

_TIMES = 9
_OFTEN_UNKNOWN = {
    "imdb_rating",
    "imdb_votes",
    "rotten_tomatoes",
    "metascore",
    "box_office",
    "rated",
    "runtime",
    "awards",
}
_NOT_OURS = {"pip", "setuptools", "wheel"}


def startup() -> Figures:
    """Install ayne into a fresh environment; weigh it, and time its shortest commands there."""
    with TemporaryDirectory() as folder:
        _run([sys.executable, "-m", "venv", folder])
        scripts = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        python, ayne = str(scripts / "python"), str(scripts / "ayne")
        _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(ROOT)])
        installed = json.loads(_run([python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"]))
        packages = sorted(package["name"] for package in installed if package["name"] not in _NOT_OURS)
        site = Path(_run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
        return {
            "python_ms": _median_ms([python, "-c", "pass"], folder),
            "import_ms": _median_ms([python, "-c", "import ayne"], folder),
            "import_client_ms": _median_ms([python, "-c", "from ayne.data_collection.tmdb import TMDBClient"], folder),
            "help_ms": _median_ms([ayne, "--help"], folder),
            "installed_mb": round(_size(site) / 1e6, 1),
            "packages": len(packages),
            "package_names": packages,
        }


def _run(command: list[str]) -> str:
    done = subprocess.run(  # noqa: S603 - our own command lines
        command, capture_output=True, text=True, timeout=MOST_SECONDS, check=True
    )
    return done.stdout


def _median_ms(command: list[str], folder: str) -> float:
    def once() -> float:
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, cwd=folder, timeout=60, check=True)  # noqa: S603 - ours
        return time.perf_counter() - began

    once()  # the first run writes bytecode
    return round(statistics.median(once() for _ in range(_TIMES)) * 1000, 1)


def _size(site: Path) -> int:
    """Bytes of all files but those of the installer."""
    tools = _NOT_OURS | {"_distutils_hack", "pkg_resources"}
    return sum(
        file.stat().st_size
        for file in site.rglob("*")
        if file.is_file() and file.relative_to(site).parts[0].partition("-")[0] not in tools
    )


def recorded_bodies() -> Figures:
    """Decode every recorded body of a film and of a list."""
    folder = recordings() / "tmdb"
    unknown: Counter[str] = Counter()
    films = pages = rows = unreadable = 0
    for body in _bodies(folder / "movie"):
        unknown.update(read_details(_answer(body))["raw"].keys())
        films += 1
    for body in _bodies(folder / "discover_movie"):
        page = read_page(_answer(body), json.loads(body)["page"])
        unknown.update(key for row in page.results for key in row["raw"])
        unreadable += len(page.unreadable)
        rows += page.rows
        pages += 1
    return {
        "movie_details": films,
        "discover_pages": pages,
        "rows": rows,
        "unreadable_rows": unreadable,
        "unknown_keys": dict(sorted(unknown.items())),
    }


def omdb_bodies() -> Figures:
    """Decode every recorded body of OMDb: titles, and what is none."""
    folder = recordings() / "omdb"
    bodies = {file.name: file.read_bytes() for name in ("title", "errors", "search") for file in _files(folder / name)}
    for file in _files(folder / "arrays"):
        bodies |= {
            f"{file.name}[{n}]": json.dumps(body).encode() for n, body in enumerate(json.loads(file.read_bytes()))
        }
    refused: Counter[str] = Counter()
    kept: dict[str, list[str]] = {}
    unknown: Counter[str] = Counter()
    values = titles = 0
    for name, body in bodies.items():
        said = json.loads(body)
        try:
            movie = read_title(_answer(body), said.get("imdbID", "tt0000000"))
        except SourceError as error:
            refused[f"{said.get('Error') or 'a list, no title'} -> {error.reason}"] += 1
            continue
        titles += 1
        values += sum(value not in (None, []) for value in movie.values())
        unknown.update(name for name, value in movie.items() if value is None and name in _OFTEN_UNKNOWN)
        if movie["raw"]:
            kept[name] = sorted(movie["raw"])
    return {
        "bodies": len(bodies),
        "titles": titles,
        "values": values,
        "refused": dict(sorted(refused.items())),
        "kept_as_sent": kept,
        "unknown": dict(sorted(unknown.items())),
    }


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def _bodies(folder: Path) -> Iterator[bytes]:
    for file in _files(folder):
        yield file.read_bytes()


def _answer(body: bytes) -> Answer:
    return Answer(200, {}, body, datetime.now(UTC))
