"""The store alone: what it takes to put films into files of any size, beside what DuckDB takes to copy them in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import duckdb

from ayne.data_collection.commit import Commit
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged
from ayne.database.duckdb_client import DuckDBClient
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.transport import SandboxTransport
from benchmarks.processes import KEY, Figures, finish

_SIZES = (10_000, 100_000, 1_200_000)
_BATCH = 1_000
_BATCHES = 10
_PARTS = ("credits", "keywords", "release_dates")
# What one film of the sandbox becomes; the others in a file are its likes, under other ids.
_FILMS = 10_000
_PATTERN = 5_000
_ROUNDS = 3

_COPIED = ("movies", "movie_history", "etags", "raw")


def store_speed() -> Figures:
    """Insert and update 10,000 films in files of 10,000 to 1,200,000, by commits and by DuckDB's own ``COPY``."""
    films = finish(sandbox_films(()))
    figures: Figures = {"films_at_once": _BATCH}
    with TemporaryDirectory() as folder:
        for size in _SIZES:
            path = Path(folder) / f"{size}.duckdb"
            step = fill(path, films[:_PATTERN], size)
            figures[f"{size}"] = _speeds(path, films, step, size)
            path.unlink()
        figures["bytes_of_a_film"] = _sizes(Path(folder), films, finish(sandbox_films(_PARTS)))
    return figures


async def sandbox_films(parts: Sequence[str], number: int = _FILMS) -> list[MovieDetails]:
    """So many films of the sandbox with these parts, their answers kept."""
    catalogue = Catalogue.generated(number, seed=3)
    transport = SandboxTransport(SandboxApp(catalogue))
    async with TMDBClient(KEY, transport=transport, requests_per_second=1e6) as client:
        found = client.iter_movie_details(catalogue.ids(range(number)), append=parts, keep_bodies=True)
        return [film async for film in found if not isinstance(film, FetchFailure | Unchanged)]


def fill(path: Path, films: list[MovieDetails], size: int) -> int:
    """Make a file of so many films; how far the ids of a film and its next like are apart."""
    step = max(film["tmdb_id"] for film in films) + 1
    commit_all(DuckDBClient(path), films)
    with duckdb.connect(str(path)) as con:
        for table in _COPIED:
            con.execute(
                f"INSERT INTO {table} SELECT {table}.* REPLACE ({table}.tmdb_id + nth * ? AS tmdb_id) "  # noqa: S608 - our own names
                f"FROM {table}, range(1, ?) likes(nth)",
                [step, size // len(films)],
            )
        con.execute("CHECKPOINT")
    return step


def commit_all(db: DuckDBClient, films: list[MovieDetails]) -> None:
    """Put films into a file, a batch a commit."""
    for start in range(0, len(films), _BATCH):
        db.commit(Commit(details=films[start : start + _BATCH]))


def _speeds(path: Path, films: list[MovieDetails], step: int, size: int) -> Figures:
    """The best of some rounds each, one after the other, so that all of them see the same machine."""
    chance = Random(5)  # noqa: S311 - no secret is made of it
    likes = size // _PATTERN
    beyond = step * (likes + 1)
    db = DuckDBClient(path)
    spent: dict[str, list[float]] = {"insert": [], "update": [], "copy": []}
    for rounds in range(_ROUNDS):
        later = datetime.now(UTC) + timedelta(seconds=rounds)
        new = [like(film, (2 * rounds + 1) * beyond, later, chance) for film in films]
        known = chance.sample(range(_PATTERN * likes), min(_BATCH * _BATCHES, _PATTERN * likes))
        again = [like(films[number % _PATTERN], step * (number // _PATTERN), later, chance) for number in known]
        spent["insert"].append(_cpu(commit_all, db, new))
        spent["update"].append(_cpu(commit_all, db, again))
        with _as_files(path, new, 2 * (rounds + 1) * beyond) as files:
            spent["copy"].append(_cpu(_copy, path, files))
    seconds = {name: min(found) for name, found in spent.items()}
    return {
        "inserted_per_cpu_second": round(_BATCH * _BATCHES / seconds["insert"]),
        "updated_per_cpu_second": round(_BATCH * _BATCHES / seconds["update"]),
        "copied_per_cpu_second": round(_BATCH * _BATCHES / seconds["copy"]),
        "insert_to_copy": round(seconds["insert"] / seconds["copy"], 2),
        "update_to_copy": round(seconds["update"] / seconds["copy"], 2),
    }


def like(film: MovieDetails, distance: int, moment: datetime, chance: Random) -> MovieDetails:
    """The same film under another id, seen at a later moment, when it was more or less popular."""
    return {
        **film,
        "tmdb_id": film["tmdb_id"] + distance,
        "popularity": chance.random(),
        "observed_at": moment.isoformat(timespec="seconds"),
    }


@contextmanager
def _as_files(path: Path, films: list[MovieDetails], distance: int) -> Iterator[list[Path]]:
    """The rows of films as Parquet files of a batch each, under other ids."""
    ids = [film["tmdb_id"] for film in films]
    files = []
    with TemporaryDirectory() as folder, duckdb.connect(str(path), read_only=True) as con:
        for number in range(_BATCHES):
            batch = ids[number * _BATCH : (number + 1) * _BATCH]
            for table in _COPIED:
                files.append(Path(folder) / f"{number}.{table}")
                con.query(
                    f"SELECT {table}.* REPLACE (tmdb_id + $distance AS tmdb_id) FROM {table} "  # noqa: S608 - our own names
                    "WHERE tmdb_id IN (SELECT unnest($ids))",
                    params={"distance": distance, "ids": batch},
                ).write_parquet(str(files[-1]))
        con.close()
        yield files


def _copy(path: Path, files: list[Path]) -> None:
    """The floor: the same rows in as many transactions, each of which opens the file, copies and closes it."""
    tables = len(_COPIED)
    for start in range(0, len(files), tables):
        with duckdb.connect(str(path)) as con:
            con.begin()
            for file in files[start : start + tables]:
                con.execute(f"COPY {file.suffix[1:]} FROM '{file}' (FORMAT parquet)")
            con.commit()


def _cpu(work: Callable[..., None], *arguments: object) -> float:
    began = time.process_time()
    work(*arguments)
    return time.process_time() - began


def _sizes(folder: Path, plain: list[MovieDetails], with_parts: list[MovieDetails]) -> Figures:
    """What a film takes in a file, with its answer as it came and without."""
    sizes = {}
    for name, films, keeps in (
        ("details", plain, False),
        ("details_and_answers", plain, True),
        ("three_parts", with_parts, False),
        ("three_parts_and_answers", with_parts, True),
    ):
        sizes[name] = _bytes_of_a_film(folder / f"{name}.duckdb", films if keeps else [*map(without_body, films)])
    return sizes


def _bytes_of_a_film(path: Path, films: list[MovieDetails]) -> int:
    """What each of these films takes in a new file."""
    commit_all(DuckDBClient(path), films)
    return round(path.stat().st_size / len(films))


def without_body(film: MovieDetails) -> MovieDetails:
    """The film without its answer as it came."""
    without = film.copy()
    without.pop("body", None)
    return without
