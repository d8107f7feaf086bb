"""What one film takes, on the wire and in the file: films of the sandbox, and answers of TMDB that were recorded."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne.data_collection.tmdb.models import TYPED_PARTS, MovieDetails
from ayne.data_collection.tmdb.parts import read_part
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import MOVIE
from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from benchmarks.mirror import Film
from benchmarks.part_tables import recorded_parts
from benchmarks.processes import KEY, Figures, finish
from benchmarks.store_speed import commit_all, sandbox_films, without_body
from benchmarks.whole_runs import recordings

_FILMS = 6_000
_ANSWERS = 500


def of_the_sandbox() -> Figures:
    """Bytes of the sandbox's answers, compressed, and of its films in a file."""
    plain, full = finish(sandbox_films((), _FILMS)), finish(sandbox_films(TYPED_PARTS, _FILMS))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.duckdb"
        rows_all_parts = _bytes_each(path, [without_body(film) for film in full])
        db = DuckDBClient(path)
        of_parts = sum(db.query(f"SELECT count(*) FROM {MOVIE.table_of(part)}").rows[0][0] for part in TYPED_PARTS)  # noqa: S608 - our own names
        answered_all_parts = _bytes_each(Path(folder) / "answers.duckdb", full)
        rows = _bytes_each(Path(folder) / "plain_rows.duckdb", [without_body(film) for film in plain])
        answered = _bytes_each(Path(folder) / "plain.duckdb", plain)
    catalogue = Catalogue.generated(_FILMS, seed=3)
    app, some = SandboxApp(catalogue), catalogue.ids(range(0, _FILMS, _FILMS // _ANSWERS))
    return {
        "wire": _mean_answer(app, some, ""),
        "wire_all_parts": _mean_answer(app, some, f"&append_to_response={','.join(TYPED_PARTS)}"),
        "page": _compressed(app.answer(Request("GET", "/3/discover/movie", f"api_key={KEY}")).body),
        "rows": rows,
        "answer": answered - rows,
        "rows_all_parts": rows_all_parts,
        "answer_all_parts": answered_all_parts - rows_all_parts,
        "rows_of_parts": round(of_parts / len(full), 1),
    }


def _bytes_each(path: Path, films: list[MovieDetails]) -> int:
    """What each film adds to a file without gaps: an empty file has a size, too, and a small one is half gaps."""
    db, half = DuckDBClient(path), len(films) // 2
    commit_all(db, films[:half])
    before = without_gaps(path)
    commit_all(db, films[half:])
    return round((without_gaps(path) - before) / (len(films) - half))


def without_gaps(path: Path) -> int:
    """The size of a copy of a file that holds nothing but what is in it."""
    copy = path.with_suffix(".copy")
    copy.unlink(missing_ok=True)
    with duckdb.connect(":memory:") as con:
        con.execute(f"ATTACH '{path}' AS original (READ_ONLY)")
        con.execute(f"ATTACH '{copy}' AS copy")
        con.execute("COPY FROM DATABASE original TO copy")
        con.execute("CHECKPOINT copy")
    return copy.stat().st_size


def _mean_answer(app: SandboxApp, ids: list[int], append: str) -> int:
    answers = (app.answer(Request("GET", f"/3/movie/{film}", f"api_key={KEY}{append}")) for film in ids)
    return round(fmean(_compressed(answer.body) for answer in answers))


def of_the_recordings() -> Figures:
    """Bytes of recorded answers of TMDB, compressed: films without parts, pages, and each part by itself.

    Raises:
        Skipped: there are no recordings.
    """
    folder = recordings() / "tmdb"
    films = [body for body in _bodies(folder / "movie") if "title" in body and not set(TYPED_PARTS) & set(body)]
    pages = [body for body in _bodies(folder / "discover_movie") if len(body.get("results", ())) > 1]
    parts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for part, body in recorded_parts(folder):
        parts[part].append((_compressed(body), len(read_part(part, body).rows)))
    return {
        "films": len(films),
        "wire": round(fmean(map(_compressed, films))),
        "pages": len(pages),
        "page": round(fmean(map(_compressed, pages))),
        "parts": sum(map(len, parts.values())),
        "wire_parts": round(sum(fmean(size for size, _ in seen) for seen in parts.values())),
        "rows_of_parts": round(sum(fmean(rows for _, rows in seen) for seen in parts.values()), 1),
    }


def _bodies(folder: Path) -> Iterator[dict[str, Any]]:
    found = (json.loads(file.read_bytes()) for file in sorted(folder.glob("*.json")))
    return (body for body in found if isinstance(body, dict))


def _compressed(body: object) -> int:
    text = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return len(gzip.compress(text, 6))


def films_of(sizes: Figures) -> dict[str, Film]:
    """Films as TMDB has them: answers as large as recorded ones, kept as well as the sandbox's."""
    seen, recorded = sizes["sandbox"], sizes["recorded"]
    plain = Film(recorded["wire"], seen["rows"], seen["answer"] * recorded["wire"] / seen["wire"])
    kept_share = seen["answer_all_parts"] / seen["wire_all_parts"]
    a_row = (seen["rows_all_parts"] - seen["rows"]) / seen["rows_of_parts"]
    few = recorded["wire"] + seen["wire_all_parts"] - seen["wire"]
    many = recorded["wire"] + recorded["wire_parts"]
    return {
        "films": plain,
        "with all parts, as the sandbox has them": Film(few, seen["rows_all_parts"], kept_share * few),
        "with all parts, as the recordings have them": Film(
            many, plain.rows + a_row * recorded["rows_of_parts"], kept_share * many
        ),
    }
