"""What a notebook makes of a table: the frame of the library it uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ayne.data_collection.commit import Commit
from ayne.database.duckdb_client import DuckDBClient
from tests.store.test_relations import GENRES
from tests.store.test_store import details


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_relation_becomes_what_each_library_calls_a_table(tmp_path: Path, library: str) -> None:
    db = DuckDBClient(tmp_path / "films.duckdb")
    db.commit(Commit(details=[details(number, title=f"Film {number}", genres=GENRES) for number in (1, 2)]))
    films = db.movies().order("tmdb_id")
    found: dict[str, Any] = {
        "pandas": lambda: films.df().to_dict("list"),
        "polars": lambda: films.pl().to_dict(as_series=False),
        "pyarrow": lambda: films.arrow().read_all().to_pydict(),
    }[library]()
    assert found["title"] == ["Film 1", "Film 2"]
    assert list(found["genres"][0]) == ["Drama", "Comedy"]
