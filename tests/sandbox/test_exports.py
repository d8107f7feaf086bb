"""The daily id exports: what stands in them, when they are up, and the host that serves them."""

import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from ayne.sandbox.answers import Answer, Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.exports.site import Exports
from ayne.sandbox.films.columns import Body
from ayne.sandbox.life.events import DAY, DELETED, EDITED, MOVED
from ayne.sandbox.pace import Pace
from ayne.sandbox.server import RunningSandbox, running
from ayne.sandbox.world import World

HOUR = 3600
TODAY = date(2026, 6, 5)
MIDNIGHT = int(datetime(2026, 6, 5, tzinfo=UTC).timestamp())
NOON = MIDNIGHT + DAY // 2
START = MIDNIGHT - 4 * DAY
FILMS = Catalogue.generated(2000, seed=3, undated=0.02)
STILL = World(FILMS)
LIVING = World(FILMS, pace=Pace(edited=0.05, moved=0.2, deleted=0.02), start=START)
PATH = "/p/exports/movie_ids_06_05_2026.json.gz"


def lines(name: str = "movie_ids", day: date = TODAY, now: float = NOON, world: World = STILL) -> list[Body]:
    return [json.loads(line) for line in gzip.decompress(world.export(name, day, now) or b"").splitlines()]


def ask(path: str = PATH, method: str = "GET", now: float = NOON, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Exports(STILL).answer(Request(method, path, headers=named), now)


def test_a_line_is_as_recorded(recordings: Path) -> None:
    recorded = (recordings / "exports" / "movie_ids_sample_18_lines.jsonl").read_text(encoding="utf-8").splitlines()
    ours = gzip.decompress(STILL.export("movie_ids", TODAY, NOON) or b"").decode().splitlines()
    shapes = {tuple((key, type(value)) for key, value in json.loads(line).items()) for line in recorded}
    assert {tuple((key, type(value)) for key, value in json.loads(line).items()) for line in ours} == shapes
    # Without blanks, and with letters as they are.
    assert all(json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":")) == line for line in recorded)
    assert not any('": ' in line or "\\u" in line for line in ours)


def test_every_film_stands_in_exactly_one_of_the_two_files() -> None:
    general, adult = lines(), lines("adult_movie_ids")
    assert sorted(line["id"] for line in general + adult) == sorted(FILMS.columns.ids)
    assert not any(line["adult"] for line in general)
    assert adult
    assert all(line["adult"] for line in adult)
    assert any(line["video"] for line in general)
    ids = [line["id"] for line in general]
    assert ids != sorted(ids)


def test_a_line_says_what_the_details_say() -> None:
    for line in lines()[::20]:
        body = FILMS.details(line["id"])
        assert body is not None
        assert line == {key: body[key] for key in line}


def test_the_file_is_gzip_to_its_last_byte() -> None:
    file = STILL.export("movie_ids", TODAY, NOON) or b""
    content = gzip.decompress(file)
    assert content.endswith(b"}\n")
    assert int.from_bytes(file[-8:-4], "little") == zlib.crc32(content)
    assert int.from_bytes(file[-4:], "little") == len(content)
    with pytest.raises(EOFError):
        gzip.decompress(file[:-1])


@pytest.mark.parametrize("world", [STILL, LIVING])
def test_a_file_is_up_from_eight_and_kept_for_ninety_days(world: World) -> None:
    up = MIDNIGHT + 8 * HOUR
    assert world.export("movie_ids", TODAY, up - 1) is None
    assert world.export("movie_ids", TODAY - timedelta(days=1), up - 1) is not None
    assert world.export("movie_ids", TODAY, up) is not None
    assert world.export("movie_ids", TODAY, up + 90 * DAY - 1) is not None
    assert world.export("movie_ids", TODAY, up + 90 * DAY) is None
    assert world.export("movie_ids", TODAY + timedelta(days=1), NOON) is None
    assert world.export("episode_ids", TODAY, NOON) is None


def test_a_file_holds_the_films_of_seven_in_the_morning() -> None:
    seven = MIDNIGHT + 7 * HOUR
    listed = {line["id"] for line in lines(world=LIVING)} | {
        line["id"] for line in lines("adult_movie_ids", world=LIVING)
    }
    deleted = [event for event in LIVING.events(MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + DAY) if event.kind == DELETED]
    assert {event.at < seven for event in deleted} == {True, False}
    assert all((event.film in listed) == (event.at > seven) for event in deleted)
    assert listed == set(LIVING.existing(seven).columns.ids)


def test_a_file_shows_edited_titles_and_the_popularity_of_midnight() -> None:
    seven = MIDNIGHT + 7 * HOUR
    by_id = {line["id"]: line for line in lines(world=LIVING)}
    at_midnight = LIVING.listed(MIDNIGHT)
    moved = {event.film for event in LIVING.events(MIDNIGHT, seven, NOON) if event.kind == MOVED} & set(by_id)
    assert moved
    for film in moved:
        position = at_midnight.position(film)
        assert position is not None
        assert by_id[film]["popularity"] == at_midnight.columns.popularities[position]
    edited = [e for e in LIVING.events(START, seven, NOON) if e.kind == EDITED and e.field == "original_title"]
    latest = {event.film: event.value for event in edited}
    assert latest
    assert all(by_id[film]["original_title"] == title for film, title in latest.items() if film in by_id)


def test_the_other_files_name_what_films_and_people_have() -> None:
    body = next(
        body
        for film in FILMS.columns.ids
        if (body := FILMS.details(film, ("keywords", "credits"))) is not None
        and body["keywords"]["keywords"]
        and body["production_companies"]
        and body["credits"]["cast"]
    )
    keyword, company = body["keywords"]["keywords"][0], body["production_companies"][0]
    assert {"id": keyword["id"], "name": keyword["name"]} in lines("keyword_ids")
    assert {"id": company["id"], "name": company["name"]} in lines("production_company_ids", world=LIVING)
    member = body["credits"]["cast"][0]
    collection = next(
        found
        for film in FILMS.columns.ids
        if (found := (FILMS.details(film) or {})["belongs_to_collection"]) is not None
    )
    assert {"id": collection["id"], "name": collection["name"]} in lines("collection_ids", world=LIVING)
    name = "adult_person_ids" if member["adult"] else "person_ids"
    assert {key: member[key] for key in ("adult", "id", "name", "popularity")} in lines(name)


def test_days_before_the_start_have_the_films_of_the_start() -> None:
    assert LIVING.export("movie_ids", date(2026, 5, 20), NOON) == STILL.export("movie_ids", TODAY, NOON)


def test_a_file_is_served_with_what_a_download_needs() -> None:
    answer = ask()
    assert answer.status == 200
    assert answer.body == STILL.export("movie_ids", TODAY, NOON)
    assert answer.headers["Content-Type"] == "application/gzip"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Last-Modified"] == "Fri, 05 Jun 2026 07:00:00 GMT"
    assert answer.headers["ETag"].startswith('"')
    assert "Content-Encoding" not in answer.headers


def test_a_piece_of_a_file_is_served() -> None:
    whole = ask().body
    size = len(whole)
    for asked, first, last in (
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, size - 1),
        (f"bytes=100-{size * 2}", 100, size - 1),
        ("bytes=-8", size - 8, size - 1),
        (f"bytes=-{size * 2}", 0, size - 1),
    ):
        answer = ask(range=asked)
        assert answer.status == 206
        assert answer.body == whole[first : last + 1]
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert answer.headers["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=0-1", "bytes=-", "bytes=9-1", "bytes=x-", ""])
def test_a_range_that_means_nothing_is_ignored(asked: str) -> None:
    assert ask(range=asked).status == 200


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_416(asked: str) -> None:
    answer = ask(range=asked)
    assert answer.status == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(ask().body)}"


def test_a_piece_of_another_file_is_not_served() -> None:
    headers = ask().headers
    assert ask(range="bytes=5-", if_range=headers["ETag"]).status == 206
    assert ask(range="bytes=5-", if_range=headers["Last-Modified"]).status == 206
    assert ask(range="bytes=5-", if_range='"another"').status == 200
    assert ask(if_none_match=headers["ETag"]).status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/p/exports/movie_ids_06_06_2026.json.gz",
        "/p/exports/movie_ids_13_41_2026.json.gz",
        "/p/exports/movie_ids_06_05_2026.json",
        "/p/exports/episode_ids_06_05_2026.json.gz",
        "/p/exports/",
    ],
)
def test_a_file_that_is_not_there_is_forbidden(path: str) -> None:
    answer = ask(path)
    assert answer.status == 403
    assert b"<Code>AccessDenied</Code>" in answer.body
    assert answer.headers["Content-Type"] == "application/xml"


def test_only_fetching_is_allowed() -> None:
    assert ask(method="POST").status == 405


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(SandboxApp(FILMS, wall_clock=lambda: NOON)) as sandbox:
        yield sandbox


def test_over_a_socket_a_file_is_not_compressed_twice_and_needs_no_key(sandbox: RunningSandbox) -> None:
    url = sandbox.url.removesuffix("/3") + PATH
    answer = httpx.get(url)
    assert answer.content == STILL.export("movie_ids", TODAY, NOON)
    assert "Content-Encoding" not in answer.headers
    assert "Date" in answer.headers
    piece = httpx.get(url, headers={"Range": "bytes=10-19"})
    assert (piece.status_code, piece.content) == (206, answer.content[10:20])
    head = httpx.head(url)
    assert head.headers["Content-Length"] == str(len(answer.content))
    assert head.content == b""
