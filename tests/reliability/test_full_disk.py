"""A disk that is full is no broken file, and nobody is told to restore a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.children import in_child
from tests.reliability.unusable_files import write_until_refused


@pytest.mark.parametrize("most_bytes", [2**19, 2**20, 3 * 2**19])
def test_where_there_is_no_room_it_is_said_wherever_it_shows(tmp_path: Path, most_bytes: int) -> None:
    _, error = in_child(write_until_refused, tmp_path / "films.duckdb", most_bytes)
    assert "films.duckdb could not be written (is there room on the disk?)" in str(error)
