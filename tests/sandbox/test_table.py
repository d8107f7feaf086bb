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


def test_the_table_is_found_by_its_companies_and_keywords(films: Catalogue, table: Path) -> None:
    for parameter, cell in (("with_companies", "production_companies"), ("with_keywords", "keywords")):
        named = {int(row["id"]): {each["id"] for each in json.loads(row[cell])} for row in rows(table)}
        for wanted in (4, 306, 9715, 818):
            expected = {film_id for film_id, ids in named.items() if wanted in ids}
            assert set(films.ids(films.discover(Query.parse({parameter: str(wanted)})))) == expected


def test_a_real_film_has_the_parts_that_the_table_does_not_know(films: Catalogue) -> None:
    body: Any = films.details(19995, ["credits", "release_dates"])
    days = [each["release_date"] for place in body["release_dates"]["results"] for each in place["release_dates"]]
    assert min(days)[:10] == body["release_date"]
    director = body["credits"]["crew"][0]["id"]
    assert 19995 in films.ids(films.discover(Query.parse({"with_crew": str(director)})))


def test_an_imdb_id_of_a_real_film_leads_back_to_it(films: Catalogue) -> None:
    bodies = [films.details(film_id) or {} for film_id in films.ids(range(0, len(films), 10))]
    named = [body for body in bodies if body["imdb_id"]]
    assert 0.9 * len(bodies) < len(named) < len(bodies)
    assert all(films.details(body["imdb_id"]) == body for body in named)


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
