"""Real traffic, read as it came. The bodies are no part of the repository; without them these tests are skipped."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from ayne.data_collection.answers import CACHED_FOR, observed_at
from ayne.data_collection.tmdb.models import ListPage, MovieDetails, MovieSummary
from ayne.data_collection.tmdb.protocol import fields, says_gone
from ayne.data_collection.tmdb.records import read_details, read_page
from ayne.errors import InvalidRequest, NotFound, SourceError, Unauthorized


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    received_at: datetime = datetime(2026, 9, 1, tzinfo=UTC)


def bodies(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.glob("*.json")):
        yield file.name, file.read_bytes()


def film(recordings: Path, pattern: str) -> MovieDetails:
    (file,) = (recordings / "tmdb").glob(pattern)
    return read_details(Answer(200, file.read_bytes()))


def page_of(body: bytes) -> ListPage:
    return read_page(Answer(200, body), json.loads(body)["page"])


def test_every_recorded_film_is_read_whole(recordings: Path) -> None:
    films = {name: read_details(Answer(200, body)) for name, body in bodies(recordings / "tmdb" / "movie")}
    assert len(films) >= 190
    assert {name: found["raw"] for name, found in films.items() if found["raw"]} == {}
    for name, found in films.items():
        assert msgspec.convert(found, MovieDetails)["tmdb_id"] == int(name.split("_")[0])


def test_every_recorded_film_keeps_the_parts_that_its_name_says(recordings: Path) -> None:
    seen = 0
    for name, body in bodies(recordings / "tmdb" / "movie"):
        parts = read_details(Answer(200, body))["parts"]
        asked = {part for part in name.split("__")[1].split(",") if part in json.loads(body)}
        assert asked <= parts.keys()
        assert all(parts[part] == json.loads(body)[part] for part in parts)
        seen += bool(parts)
    assert seen >= 20


@pytest.mark.parametrize(("endpoint", "least"), [("discover_movie", 40), ("search_movie", 50)])
def test_every_recorded_page_is_read_whole(recordings: Path, endpoint: str, least: int) -> None:
    pages = [page_of(body) for _, body in bodies(recordings / "tmdb" / endpoint)]
    assert len(pages) >= least
    assert [reason for page in pages for reason in page.unreadable] == []
    assert {key for page in pages for row in page.results for key in row["raw"]} == set()
    assert sum(page.rows for page in pages) >= 700
    for row in (row for page in pages for row in page.results):
        msgspec.convert(row, MovieSummary)


STATUSES: dict[str, type[SourceError]] = {"401": Unauthorized, "404": NotFound, "422": InvalidRequest}


def test_every_recorded_error_means_what_its_status_says(recordings: Path) -> None:
    seen: set[str] = set()
    for name, body in bodies(recordings / "tmdb" / "errors"):
        status = name[:3]
        with pytest.raises(STATUSES[status]) as caught:
            fields(Answer(int(status), body))
        assert says_gone(caught.value) is (status == "404")
        seen.add(status)
    assert seen == STATUSES.keys()


@pytest.mark.parametrize(
    ("name", "status", "kind", "code"),
    [
        ("adamayoung_error_400_invalid_page.json", 400, InvalidRequest, 22),
        ("adamayoung_error_401.json", 401, Unauthorized, 7),
        ("adamayoung_error_422_date_range.json", 422, InvalidRequest, 20),
        ("jdrouet_error_invalid_key.json", 401, Unauthorized, 7),
        ("jdrouet_error_not_found.json", 404, NotFound, 34),
        ("jdrouet_error_validation.json", 422, InvalidRequest, None),
    ],
)
def test_the_error_bodies_that_other_libraries_keep_are_understood(
    recordings: Path, name: str, status: int, kind: type[SourceError], code: int | None
) -> None:
    with pytest.raises(kind) as caught:
        fields(Answer(status, (recordings / "tmdb" / "fixtures" / name).read_bytes()))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        ("c-eg_movie_details_with_append.json", set[str]()),
        ("jdrouet_movie_details.json", set[str]()),
        ("jdrouet_movie_latest.json", set[str]()),
        ("kiwilan_movie_120_appended.json", set[str]()),
        ("leandcesar_movie_details.json", set[str]()),
        ("leandcesar_movie_details_full.json", set[str]()),
        ("leandcesar_movie_latest.json", set[str]()),
        ("php-tmdb_movie_all_appended.json", {"similar_movies"}),
    ],
)
def test_the_films_that_other_libraries_keep_are_read(recordings: Path, name: str, unknown: set[str]) -> None:
    found = film(recordings, f"fixtures/{name}")
    assert found["title"]
    assert found["raw"].keys() == unknown


def test_a_page_of_changes_is_a_list_too(recordings: Path) -> None:
    page = page_of((recordings / "tmdb" / "fixtures" / "jdrouet_movie_changes.json").read_bytes())
    assert (page.rows, page.unreadable) == (100, [])


@pytest.mark.parametrize(
    ("pattern", "key", "value"),
    [
        ("fixtures/c-eg_movie_details_with_append.json", "revenue", 2_800_000_000),
        ("movie/562__de__2014-07-24.json", "video", None),
        ("movie/562__de__2014-07-24.json", "softcore", None),
        ("movie/275__*__2026-08-03.json", "softcore", False),
        ("movie/266815__en-US__2020-08-25.json", "imdb_id", None),
        ("movie/478566__en-US__2020-08-25.json", "imdb_id", None),
        ("movie/696374__en-US__2020-08-27.json", "imdb_id", "tt11316854"),
        ("movie/266815__en-US__2020-08-25.json", "runtime", None),
        ("movie/328178__en-US__2020-08-25.json", "runtime", None),
        ("movie/266815__en-US__2020-08-25.json", "homepage", None),
        ("movie/812646__en-US__2021-04-01.json", "release_date", None),
        ("movie/812646__en-US__2021-04-01.json", "status", "Released"),
        ("movie/11__2022-02-04.json", "origin_country", []),
    ],
)
def test_the_odd_ones_are_read_as_they_are_meant(recordings: Path, pattern: str, key: str, value: Any) -> None:
    found: Mapping[str, Any] = film(recordings, pattern)
    assert found[key] == value


def test_a_line_break_of_any_kind_in_an_overview_is_kept(recordings: Path) -> None:
    (file,) = (recordings / "tmdb" / "search_movie").glob("*query=Shrek__2023-03-24__db1dbe.json")
    (row,) = (row for row in page_of(file.read_bytes()).results if row["tmdb_id"] == 951495)
    assert "\r" in (row["overview"] or "")


def test_a_row_whose_date_is_empty_or_absent_has_none(recordings: Path) -> None:
    (file,) = (recordings / "tmdb" / "discover_movie").glob("*page=2_sort_by=vote_average.desc__2021-10-20__*.json")
    dateless = {row["tmdb_id"] for row in page_of(file.read_bytes()).results if row["release_date"] is None}
    assert dateless == {885012, 884622, 883909, 883806}


def test_totals_are_read_as_reported_clamped_or_not(recordings: Path) -> None:
    totals = {
        (page.total_pages, page.total_results)
        for page in (page_of(body) for _, body in bodies(recordings / "tmdb" / "discover_movie"))
    }
    assert (500, 10_000) in totals
    assert (0, 0) in totals
    assert (43_117, 862_326) in totals


def test_an_answer_from_a_cache_is_dated_to_its_making(recordings: Path) -> None:
    index = recordings / "tmdb" / "movie" / "_index.jsonl"
    aged = 0
    for line in index.read_text(encoding="utf-8").splitlines():
        headers = {name.lower(): value for name, value in json.loads(line)["headers"].items()}
        if "date" in headers:
            made = parsedate_to_datetime(headers["date"])
            age = timedelta(seconds=int(headers.get("age", 0)))
            assert observed_at(Answer(200, b"{}", headers, made + age)) == max(made, made + age - CACHED_FOR)
            aged += "age" in headers
    assert aged > 0
