"""Real films: the published table, and whether invented bodies have the shape of recorded ones."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query


@pytest.fixture(scope="module")
def table(recordings: Path) -> Path:
    return recordings / "tables" / "tmdb_5000_movies.csv.zip"


@pytest.fixture(scope="module")
def films(table: Path) -> Catalogue:
    return Catalogue.from_table(table)


def rows(table: Path) -> list[dict[str, str]]:
    with zipfile.ZipFile(table) as archive, archive.open("tmdb_5000_movies.csv") as content:
        return list(csv.DictReader(io.TextIOWrapper(content, encoding="utf-8", newline="")))


def test_every_film_of_the_table_is_there_with_its_exact_values(films: Catalogue, table: Path) -> None:
    expected = rows(table)
    assert len(films) == len(expected) == 4803
    for row in expected:
        body: Any = films.details(int(row["id"]), ["keywords"])
        for name in ("title", "original_title", "original_language", "overview", "release_date", "status", "tagline"):
            assert body[name] == row[name]
        for name in ("budget", "revenue", "vote_count"):
            assert body[name] == int(row[name])
        for name in ("popularity", "vote_average"):
            assert body[name] == float(row[name])
        for name in ("genres", "production_countries"):
            assert body[name] == json.loads(row[name])
        assert body["keywords"]["keywords"] == json.loads(row["keywords"])
        assert body["runtime"] == (float(row["runtime"]) if row["runtime"] else None)
        assert [(c["id"], c["name"]) for c in body["production_companies"]] == [
            (c["id"], c["name"]) for c in json.loads(row["production_companies"])
        ]
        assert [s["iso_639_1"] for s in body["spoken_languages"]] == [
            s["iso_639_1"] for s in json.loads(row["spoken_languages"])
        ]


def test_the_table_can_be_discovered(films: Catalogue) -> None:
    newest = films.discover(Query.parse({"sort_by": "revenue.desc", "primary_release_year": "2009"}))
    assert films.summary(newest[0])["title"] == "Avatar"


def test_the_table_is_read_unzipped_too(films: Catalogue, table: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(table) as archive:
        plain = Path(archive.extract("tmdb_5000_movies.csv", tmp_path))
    assert Catalogue.from_table(plain).details(19995) == films.details(19995)


@pytest.mark.parametrize("content", ["", "id,title\n1,x\n", "\x00\x01"])
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "films.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"films\.csv is not a table of TMDB films: .*(lacks|NUL)"):
        Catalogue.from_table(path)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "films.zip"
    path.write_text("no archive")
    with pytest.raises(ValueError, match="is not a table of TMDB films"):
        Catalogue.from_table(path)


def test_a_broken_cell_is_refused(table: Path, tmp_path: Path) -> None:
    row = rows(table)[0] | {"genres": "[{"}
    path = tmp_path / "films.csv"
    with path.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, row)
        writer.writeheader()
        writer.writerow(row)
    with pytest.raises(ValueError, match="is not a table of TMDB films"):
        Catalogue.from_table(path)


def test_invented_details_have_the_keys_and_types_of_a_recorded_body(recordings: Path) -> None:
    recorded = max((recordings / "tmdb" / "movie").glob("275__*__2026-*.json"))
    real = json.loads(recorded.read_text())
    films = Catalogue.generated(200)
    for film_id in films.ids(range(len(films))):
        body = films.details(film_id)
        assert body is not None
        assert list(body) == [key for key in real if key not in ("credits", "releases", "trailers")]
        for name in ("genres", "production_companies", "production_countries", "spoken_languages"):
            assert all(list(item) == list(real[name][0]) for item in body[name])
        for name in ("adult", "budget", "overview", "popularity", "vote_average", "video", "title"):
            assert type(body[name]) is type(real[name])


def test_invented_parts_have_the_keys_of_recorded_ones(recordings: Path) -> None:
    recorded = max((recordings / "tmdb" / "movie").glob("550__credits,external_ids,images*.json"))
    real = json.loads(recorded.read_text())
    films = Catalogue.generated(60)
    names = ("credits", "external_ids", "images", "keywords", "release_dates")
    for film_id in films.ids(range(len(films))):
        body: Any = films.details(film_id, names)
        for name in names:
            assert list(body[name]) == list(real[name])
            for key, items in body[name].items():
                if isinstance(items, list) and items:
                    assert list(items[0]) == list(real[name][key][0])
