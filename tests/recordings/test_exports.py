"""Daily id exports as TMDB made them."""

from __future__ import annotations

from pathlib import Path

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.tmdb.models import ExportedMovie
from tests.unit.test_exports import read


def test_the_recorded_lines_are_read_completely(tmp_path: Path, recordings: Path) -> None:
    content = (recordings / "exports" / "movie_ids_sample_18_lines.jsonl").read_bytes()
    films = read(tmp_path, content)
    assert films[0] == ExportedMovie(3924, "Blondie", 1.723, adult=False, video=False)
    assert [film for film in films if isinstance(film, UnreadableLine)] == []
    assert len(films) == 18
    assert sum(isinstance(film, ExportedMovie) and film.video is True for film in films) == 1


def test_the_recorded_lines_of_another_export_are_read_with_their_names(tmp_path: Path, recordings: Path) -> None:
    content = (recordings / "exports" / "tv_network_ids_05_01_2025.json").read_bytes()
    lines = read(tmp_path, content)
    assert len(lines) == len(content.splitlines())
    names = {line.original_title for line in lines if isinstance(line, ExportedMovie)}
    assert "Netflix" in names
    assert None not in names
