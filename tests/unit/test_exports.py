"""The daily id exports: a file is whole or it is not there, whatever happens on the way."""

from __future__ import annotations

import asyncio
import gzip
import math
import subprocess
import sys
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.daily_files import MAX_LINE_BYTES, PartFile
from ayne.data_collection.tmdb import exports
from ayne.data_collection.tmdb.export_files import FORM, read_export
from ayne.data_collection.tmdb.exports import ExportClient
from ayne.data_collection.tmdb.models import Export, ExportedMovie
from ayne.errors import (
    BadPayload,
    ConfigurationError,
    ConnectionFailed,
    NotFound,
    RateLimited,
    ServerFailure,
    SourceError,
    StoreBusy,
    TimedOut,
)
from tests.virtual_time import EPOCH, VirtualClock, run

TODAY = EPOCH.date()
NAME = exports.file_name("movie_ids", TODAY)
YESTERDAY = "movie_ids_12_31_2025.json.gz"
KEY = "5ec4e70123456789abcdef0123456789"


def lines_of(films: int, seed: int = 1) -> bytes:
    chance = Random(seed)  # noqa: S311
    return b"".join(
        b'{"adult":false,"id":%d,"original_title":"%s","popularity":%.4f,"video":false}\n'
        % (number, chance.randbytes(12).hex().encode(), chance.random())
        for number in range(1, films + 1)
    )


WHOLE = gzip.compress(lines_of(3000), mtime=0)
OTHER = gzip.compress(lines_of(2500, seed=2), mtime=0)


class Body(httpx.AsyncByteStream):
    """A body in pieces; ``then`` is done after the last of them, and may raise."""

    def __init__(self, body: bytes, then: Callable[[], Any] | None = None, seconds: float = 0.0) -> None:
        self._body, self._then, self._seconds = body, then, seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), 10_000):
            yield self._body[start : start + 10_000]
            await asyncio.sleep(self._seconds)
        if self._then:
            self._then()


def break_off() -> None:
    raise httpx.ReadError("Connection reset by peer")


class FileHost(httpx.AsyncBaseTransport):
    """Serves files with ``Range`` and ``If-Range``, and breaks off where it is told."""

    def __init__(self, files: dict[str, bytes] | None = None, **options: Any) -> None:
        self.files = {NAME: WHOLE} if files is None else files
        self.etag: str | None = options.get("etag", '"one"')
        self.modified: str | None = options.get("modified")
        self.knows_range: bool = options.get("knows_range", True)
        self.knows_if_range: bool = options.get("knows_if_range", True)
        self.says_length: bool = options.get("says_length", True)
        self.missing: int = options.get("missing", 404)
        self.seconds: float = options.get("seconds", 0.0)
        self.cuts: deque[int] = deque(options.get("cuts", ()))
        self.statuses: deque[httpx.Response] = deque(options.get("statuses", ()))
        self.then: Callable[[], Any] = options.get("then", break_off)
        self.requests: list[httpx.Request] = []
        self.sent = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.statuses:
            return self.statuses.popleft()
        content = self.files.get(request.url.path.rpartition("/")[2])
        if content is None:
            return httpx.Response(self.missing, stream=Body(b"<Error><Code>AccessDenied</Code></Error>"))
        start = self._start(request)
        if start >= len(content) > 0:
            return httpx.Response(416, headers={"Content-Range": f"bytes */{len(content)}"})
        end = self.cuts.popleft() if self.cuts else None
        headers = {"ETag": self.etag, "Last-Modified": self.modified}
        if self.says_length:
            headers["Content-Length"] = str(len(content) - start)
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        body = content[start:end]
        self.sent += len(body)
        return httpx.Response(
            206 if start else 200,
            headers={name: value for name, value in headers.items() if value},
            stream=Body(body, self.then if end is not None else None, self.seconds),
        )

    def _start(self, request: httpx.Request) -> int:
        asked = request.headers.get("range")
        if not asked or not self.knows_range:
            return 0
        if self.knows_if_range and request.headers.get("if-range") not in {self.etag, self.modified}:
            return 0
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    @property
    def paths(self) -> list[str]:
        return [request.url.path.rpartition("/")[2] for request in self.requests]


def fetch(host: FileHost, folder: Path, name: str = "movie_ids", **options: Any) -> Export:
    wanted = {key: options.pop(key) for key in ("day", "days_back", "on_progress") if key in options}
    settings = {"requests_per_second": math.inf, "jitter": 0, **options}

    async def main() -> Export:
        async with ExportClient(folder, transport=host, clock=VirtualClock(), **settings) as client:
            return await client.fetch(name, **wanted)

    return run(main())


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def test_an_export_is_fetched_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    export = fetch(FileHost(), tmp_path)
    assert export == Export("movie_ids", TODAY, tmp_path / NAME, len(WHOLE))
    assert export.path.read_bytes() == WHOLE
    assert left_in(tmp_path) == {NAME}


def twenty_offsets(seed: int) -> list[int]:
    return Random(seed).sample(range(1, len(WHOLE)), 20)  # noqa: S311


@pytest.mark.parametrize("offset", twenty_offsets(4))
def test_a_download_cut_off_anywhere_is_carried_on_and_never_half_used(tmp_path: Path, offset: int) -> None:
    host = FileHost(cuts=[offset])
    with pytest.raises(ConnectionFailed):
        fetch(host, tmp_path, max_retries=0)
    assert not (tmp_path / NAME).exists()
    assert (tmp_path / f"{NAME}.part").read_bytes() == WHOLE[:offset]
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE
    assert host.requests[-1].headers["range"] == f"bytes={offset}-"
    assert host.sent == len(WHOLE)
    assert left_in(tmp_path) == {NAME}


def test_twenty_cuts_in_a_row_cost_no_byte_twice(tmp_path: Path) -> None:
    host = FileHost(cuts=sorted(twenty_offsets(5)))
    for _ in range(20):
        with pytest.raises(ConnectionFailed):
            fetch(host, tmp_path, max_retries=0)
        assert not (tmp_path / NAME).exists()
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE
    assert (len(host.requests), host.sent) == (21, len(WHOLE))


def test_the_same_client_carries_on_by_itself(tmp_path: Path) -> None:
    host = FileHost(cuts=[100, 5_000, 60_000])
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE
    assert [request.headers.get("range") for request in host.requests] == [
        None,
        "bytes=100-",
        "bytes=5000-",
        "bytes=60000-",
    ]


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.unit.test_exports import FileHost, fetch
fetch(FileHost(cuts=[50_000], then=lambda: os.kill(os.getpid(), signal.SIGKILL)), Path(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_process_leaves_a_part_that_the_next_one_takes_up(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path], cwd=root, check=False)
    assert killed.returncode == -9
    assert left_in(tmp_path) == {f"{NAME}.part", f"{NAME}.part.json"}
    came = (tmp_path / f"{NAME}.part").stat().st_size
    assert 0 < came <= 50_000
    host = FileHost()
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE
    assert host.requests[0].headers["range"] == f"bytes={came}-"


def test_a_part_that_is_all_there_needs_no_request(tmp_path: Path) -> None:
    # Killed between the last byte and the new name.
    host = FileHost(cuts=[len(WHOLE) - 1])
    with pytest.raises(ConnectionFailed):
        fetch(host, tmp_path, max_retries=0)
    (tmp_path / f"{NAME}.part").write_bytes(WHOLE)
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE
    assert len(host.requests) == 1


def test_a_whole_file_of_the_day_is_not_fetched_again(tmp_path: Path) -> None:
    host = FileHost()
    assert fetch(host, tmp_path) == fetch(host, tmp_path)
    assert len(host.requests) == 1


def test_a_file_that_went_bad_on_disk_is_fetched_again(tmp_path: Path) -> None:
    host = FileHost()
    fetch(host, tmp_path).path.write_bytes(WHOLE[:-5])
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE


def test_a_server_without_ranges_starts_anew(tmp_path: Path) -> None:
    host = FileHost(cuts=[40_000], knows_range=False)
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE
    assert host.sent == 40_000 + len(WHOLE)


@pytest.mark.parametrize("knows_if_range", [True, False])
def test_a_file_that_changed_between_tries_is_not_patched_together(tmp_path: Path, knows_if_range: bool) -> None:
    host = FileHost(cuts=[40_000], knows_if_range=knows_if_range)
    with pytest.raises(ConnectionFailed):
        fetch(host, tmp_path, max_retries=0)
    host.files[NAME], host.etag = OTHER, '"two"'
    assert fetch(host, tmp_path).path.read_bytes() == OTHER


def test_a_shorter_file_in_its_place_is_fetched_anew(tmp_path: Path) -> None:
    host = FileHost(cuts=[len(OTHER) + 10], knows_if_range=False)
    with pytest.raises(ConnectionFailed):
        fetch(host, tmp_path, max_retries=0)
    host.files[NAME] = OTHER
    assert fetch(host, tmp_path).path.read_bytes() == OTHER


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_etag_the_date_of_the_file_is_what_is_compared(tmp_path: Path, etag: str | None) -> None:
    day = "Thu, 01 Jan 2026 07:40:00 GMT"
    host = FileHost(cuts=[40_000], etag=etag, modified=day)
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE
    assert host.requests[1].headers["if-range"] == day
    assert host.sent == len(WHOLE)


def test_a_part_that_nothing_identifies_is_not_carried_on(tmp_path: Path) -> None:
    host = FileHost(cuts=[40_000], etag='W/"weak"')
    with pytest.raises(ConnectionFailed):
        fetch(host, tmp_path, max_retries=0)
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE
    assert "range" not in host.requests[1].headers


@pytest.mark.parametrize("note", [b"", b"{", b'{"validator":7}', None])
def test_a_part_without_its_note_is_not_carried_on(tmp_path: Path, note: bytes | None) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(OTHER[:40_000])
    if note is not None:
        (tmp_path / f"{NAME}.part.json").write_bytes(note)
    assert fetch(FileHost(), tmp_path).path.read_bytes() == WHOLE


class Head:
    """The head of an answer."""

    received_at = EPOCH
    body = b""

    def __init__(self, status: int, **headers: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize(
    "head",
    [
        Head(206),
        Head(206, content_range="bytes 0-99/100", etag='"one"'),
        Head(206, content_range="bytes 60-98/99", etag='"one"'),
        Head(206, content_range="bytes 60-99/100", etag='"two"'),
        Head(206, content_range="bites 60-99/100", etag='"one"'),
        Head(416, content_range="bytes */50"),
    ],
)
def test_a_piece_that_does_not_fit_is_not_taken(tmp_path: Path, head: Head) -> None:
    part = PartFile(tmp_path / NAME, FORM)
    part.begin(Head(200, content_length="100", etag='"one"'))
    part.write(b"x" * 60)
    part.close()
    fitting = Head(206, content_range="bytes 60-99/100", etag='"one"')
    again = PartFile(tmp_path / NAME, FORM)
    again.begin(fitting)
    again.close()
    assert again.received == 60
    with pytest.raises(BadPayload, match="fetched anew"):
        again.begin(head)
    assert left_in(tmp_path) == set()
    assert "Range" not in again.headers()


def test_the_bytes_of_the_file_are_kept_whatever_the_server_calls_them(tmp_path: Path) -> None:
    as_encoding = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Body(WHOLE))
    host = FileHost(statuses=[as_encoding])
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE
    (request,) = host.requests
    assert request.headers["accept-encoding"] == "identity"


def flipped(position: int) -> bytes:
    damaged = bytearray(WHOLE)
    damaged[position] ^= 0x10
    return bytes(damaged)


@pytest.mark.parametrize("position", [0, 30_000, len(WHOLE) - 6, len(WHOLE) - 1], ids=["head", "body", "crc", "size"])
def test_a_flipped_bit_is_refused_after_a_second_look(tmp_path: Path, position: int) -> None:
    host = FileHost({NAME: flipped(position)})
    with pytest.raises(BadPayload, match=r"(damaged|does not hold films).*2 attempts"):
        fetch(host, tmp_path)
    assert len(host.requests) == 2
    assert left_in(tmp_path) == set()


@pytest.mark.parametrize(
    "sent",
    [
        *(lines_of(500), b"\xef\xbb\xbf" + lines_of(500), gzip.compress(b"\xef\xbb\xbf" + lines_of(500))),
        *(gzip.compress(lines_of(500)) + b"behind it", zlib.compress(lines_of(500)), lines_of(500).rstrip()),
    ],
    ids=["unpacked", "unpacked, with a mark", "with a mark", "text after", "zlib", "no last line end"],
)
def test_an_export_is_read_however_it_is_packed(tmp_path: Path, sent: bytes) -> None:
    export = fetch(FileHost({NAME: sent}), tmp_path)
    plain = tmp_path / "plain"
    plain.write_bytes(lines_of(500))
    assert list(read_export(export.path)) == list(read_export(plain))


def test_an_unpacked_export_that_breaks_off_within_a_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPayload, match="breaks off"):
        fetch(FileHost({NAME: lines_of(500)[:-20]}), tmp_path)


def test_a_file_damaged_on_the_way_is_fetched_anew(tmp_path: Path) -> None:
    host = FileHost({NAME: flipped(30_000)}, cuts=[40_000])
    with pytest.raises(ConnectionFailed):
        fetch(host, tmp_path, max_retries=0)
    host.files[NAME] = WHOLE
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE
    assert host.requests[-1].headers.get("range") is None


@pytest.mark.parametrize("content", [b"", b"<html>Sorry</html>"], ids=["nothing", "a page"])
def test_what_holds_no_films_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadPayload, match=r"empty|does not hold films"):
        fetch(FileHost({NAME: gzip.compress(content)}), tmp_path)
    assert left_in(tmp_path) == set()


class Misstating(FileHost):
    """Announces another length than it sends."""

    def __init__(self, by: int) -> None:
        super().__init__(knows_range=False)
        self.by = by

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        response.headers["Content-Length"] = str(len(WHOLE) + self.by)
        return response


@pytest.mark.parametrize(("by", "error"), [(5, ConnectionFailed), (-5, BadPayload)])
def test_a_length_that_is_not_what_came_is_refused(tmp_path: Path, by: int, error: type[SourceError]) -> None:
    with pytest.raises(error):
        fetch(Misstating(by), tmp_path)
    assert not (tmp_path / NAME).exists()


def test_without_a_length_the_trailer_decides(tmp_path: Path) -> None:
    assert fetch(FileHost(says_length=False), tmp_path).path.read_bytes() == WHOLE
    short = FileHost({NAME: WHOLE[:-1]}, says_length=False)
    with pytest.raises(BadPayload, match="damaged"):
        fetch(short, tmp_path / "other")


def test_a_file_larger_than_any_export_is_not_fetched(tmp_path: Path) -> None:
    huge = [httpx.Response(200, headers={"Content-Length": str(2**31)}, stream=Body(b"x"))]
    with pytest.raises(BadPayload, match="cannot be right"):
        fetch(FileHost(statuses=huge), tmp_path, max_retries=0)


@pytest.mark.parametrize("missing", [403, 404])
def test_when_todays_is_not_up_yesterdays_will_do(tmp_path: Path, missing: int) -> None:
    host = FileHost({YESTERDAY: WHOLE}, missing=missing)
    export = fetch(host, tmp_path)
    assert (export.day, export.path.name) == (date(2025, 12, 31), YESTERDAY)
    assert host.paths == [NAME, YESTERDAY]
    # Today's is asked for again; yesterday's is there.
    assert fetch(host, tmp_path) == export
    assert host.paths[2:] == [NAME]


def test_when_no_day_is_up_the_error_says_what_was_looked_for(tmp_path: Path) -> None:
    host = FileHost({})
    with pytest.raises(NotFound, match=r"movie_ids export from 2025-12-29 to 2026-01-01 .*address"):
        fetch(host, tmp_path)
    assert len(host.requests) == 4


@pytest.mark.parametrize(
    ("than", "asked", "found"),
    [
        (None, [NAME, YESTERDAY], date(2025, 12, 31)),
        (TODAY, [], None),
        (date(2025, 12, 31), [NAME], None),
        (date(2025, 12, 30), [NAME, YESTERDAY], date(2025, 12, 31)),
        (date(2024, 1, 1), [NAME, YESTERDAY], date(2025, 12, 31)),
    ],
)
def test_nothing_is_fetched_that_is_not_newer(
    tmp_path: Path, than: date | None, asked: list[str], found: date | None
) -> None:
    host = FileHost({YESTERDAY: WHOLE})

    async def main() -> Export | None:
        async with ExportClient(tmp_path, transport=host, clock=VirtualClock()) as client:
            return await client.fetch_newer("movie_ids", than)

    export = run(main())
    assert (export and export.day) == found
    assert host.paths == asked


def test_a_host_that_has_nothing_any_more_is_said(tmp_path: Path) -> None:
    client = ExportClient(tmp_path, transport=FileHost({}), clock=VirtualClock())
    with pytest.raises(NotFound):
        run(client.fetch_newer("movie_ids", date(2025, 1, 1)))


def test_a_day_and_the_adult_films_can_be_asked_for(tmp_path: Path) -> None:
    host = FileHost({"adult_movie_ids_05_09_2024.json.gz": WHOLE})
    export = fetch(host, tmp_path, "adult_movie_ids", day=date(2024, 5, 9), days_back=0)
    assert (export.name, export.day) == ("adult_movie_ids", date(2024, 5, 9))


def test_what_is_no_film_has_a_name_for_a_title(tmp_path: Path) -> None:
    file = tmp_path / "tv_series_ids.json.gz"
    file.write_bytes(
        gzip.compress(b'{"id":1399,"original_name":"Game of Thrones"}\n{"id":2,"name":"Marvel"}\n{"id":3}\n')
    )
    assert [film.original_title for film in read_export(file) if isinstance(film, ExportedMovie)] == [
        "Game of Thrones",
        "Marvel",
        None,
    ]


def test_what_makes_no_sense_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    host = FileHost()
    for options in ({"name": "persons"}, {"days_back": -1}, {"timeout": 0.0}):
        with pytest.raises(ValueError, match=r"persons|days_back|timeout"):
            fetch(host, tmp_path, **options)
    with pytest.raises(ConfigurationError, match="exports"):
        fetch(host, tmp_path, base_url="files.tmdb.org/p/exports")
    assert host.requests == []


def test_a_server_in_trouble_is_asked_again(tmp_path: Path) -> None:
    trouble = [httpx.Response(503), httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(502)]
    host = FileHost(statuses=trouble)
    assert fetch(host, tmp_path).path.read_bytes() == WHOLE


@pytest.mark.parametrize(("status", "error"), [(503, ServerFailure), (429, RateLimited), (302, ServerFailure)])
def test_a_server_that_stays_in_trouble_is_given_up(tmp_path: Path, status: int, error: type[SourceError]) -> None:
    host = FileHost(statuses=[httpx.Response(status) for _ in range(9)])
    with pytest.raises(error, match="4 attempts"):
        fetch(host, tmp_path)
    assert len(host.requests) == 4


def test_a_long_download_is_not_a_silent_one(tmp_path: Path) -> None:
    # Some ten pieces, twenty seconds apart: more than three minutes.
    assert fetch(FileHost(seconds=20), tmp_path, timeout=30, max_retries=0).path.read_bytes() == WHOLE


def test_silence_ends_an_attempt(tmp_path: Path) -> None:
    with pytest.raises(TimedOut, match="silence for 30 s"):
        fetch(FileHost(seconds=31), tmp_path, timeout=30, max_retries=0)
    assert (tmp_path / f"{NAME}.part").stat().st_size == 10_000


LARGE = gzip.compress(b'{"id":1,"x":"%s"}' % Random(1).randbytes(3_000_000).hex().encode(), 1)  # noqa: S311


def test_whoever_gets_on_may_be_interrupted_more_often_than_it_may_fail(tmp_path: Path) -> None:
    step = 1024 * 1024
    host = FileHost({NAME: LARGE}, cuts=range(step, len(LARGE), step))
    assert len(host.cuts) >= 2
    assert fetch(host, tmp_path, max_retries=1).path.read_bytes() == LARGE
    host = FileHost({NAME: LARGE}, cuts=range(step // 2, len(LARGE), step // 2), knows_range=False)
    with pytest.raises(ConnectionFailed):
        fetch(host, tmp_path / "other", max_retries=1)


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    fetch(FileHost(cuts=[40_000]), tmp_path, on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(WHOLE), len(WHOLE))
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_no_key_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMDB_API_KEY", KEY)
    monkeypatch.setenv("TMDB_ACCESS_TOKEN", f"eyJ.{KEY}.x")
    monkeypatch.setenv("AYNE_EXPORTS_URL", "https://files.example/lists/")
    host = FileHost()
    fetch(host, tmp_path)
    (request,) = host.requests
    assert str(request.url) == f"https://files.example/lists/{NAME}"
    assert "authorization" not in request.headers
    assert KEY not in f"{request.url}{request.headers}"


@pytest.mark.skipif(sys.platform == "win32", reason="needs flock")
def test_two_do_not_download_into_one_folder(tmp_path: Path) -> None:
    async def main() -> None:
        second = ExportClient(tmp_path, transport=FileHost(), clock=VirtualClock())
        first = ExportClient(tmp_path, transport=FileHost(seconds=1), clock=VirtualClock())
        fetching = asyncio.ensure_future(first.fetch())
        await asyncio.sleep(3)
        with pytest.raises(StoreBusy, match="Another ayne"):
            await second.fetch()
        assert (await fetching).path.read_bytes() == WHOLE

    run(main())


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        fetch(FileHost(), tmp_path / "file" / "exports")


def test_earlier_days_are_removed_and_nothing_else(tmp_path: Path) -> None:
    export = fetch(FileHost(), tmp_path)
    old = {YESTERDAY, f"{YESTERDAY}.part", "movie_ids_11_30_2025.json.gz.part.json"}
    kept = {
        "movie_ids_01_02_2026.json.gz",
        "adult_movie_ids_12_31_2025.json.gz",
        "notes.txt",
        "movie_ids_99_99_2025.json.gz",
    }
    for name in old | kept:
        (tmp_path / name).touch()
    assert {path.name for path in ExportClient(tmp_path).remove_older(export)} == old
    assert left_in(tmp_path) == kept | {NAME}


# --- reading ------------------------------------------------------------------------------------------------------


def read(tmp_path: Path, content: bytes) -> list[ExportedMovie | UnreadableLine]:
    path = tmp_path / "export.json.gz"
    path.write_bytes(gzip.compress(content))
    return list(read_export(path))


def test_a_line_from_before_2020_has_no_adult_flag(tmp_path: Path) -> None:
    assert read(tmp_path, b'{"id":2,"original_title":"Ariel","popularity":9.3,"video":false}') == [
        ExportedMovie(2, "Ariel", 9.3, None, video=False)
    ]


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n", b"\r\n"])
def test_the_end_of_the_last_line_does_not_matter(tmp_path: Path, end: bytes) -> None:
    assert read(tmp_path, b'{"id":1}\n{"id":2}' + end) == [ExportedMovie(1), ExportedMovie(2)]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"original_title":"x"}',
        b'{"id":null}',
        b'{"id":0}',
        b'{"id":-5}',
        b'{"id":1.5}',
        b'{"id":true}',
        b'{"id":123456789012345678901234567890}',
        b"[" * 5000,
    ],
)
def test_a_line_without_an_id_is_told_and_the_others_are_read(tmp_path: Path, line: bytes) -> None:
    first, second, third = read(tmp_path, b'{"id":1}\n' + line + b'\n{"id":3}\n')
    assert (first, third) == (ExportedMovie(1), ExportedMovie(3))
    assert isinstance(second, UnreadableLine)
    assert second.number == 2
    assert second.reason


@pytest.mark.parametrize(
    ("line", "film"),
    [
        (b'{"id":5,"popularity":"much","video":true}', ExportedMovie(5, video=True)),
        (b'{"id":5,"popularity":1e999,"original_title":"x"}', ExportedMovie(5, "x")),
        (b'{"id":5,"popularity":NaN}', None),
        (b'{"id":5,"original_title":7,"adult":1,"video":false}', ExportedMovie(5, video=False)),
        (b'{"id":5,"original_title":"\xff","popularity":2}', ExportedMovie(5, popularity=2.0)),
        (b'{"id":5,"original_title":"half \\ud83d, whole \\ud83c\\udfac"}', ExportedMovie(5, "half \ufffd, whole 🎬")),
        (b'{"id":"5","original_title":"x"}', ExportedMovie(5, "x")),
        (b'{"id":5,"softcore":false,"new":[1]}', ExportedMovie(5)),
    ],
)
def test_a_value_nobody_can_read_costs_the_value(tmp_path: Path, line: bytes, film: ExportedMovie | None) -> None:
    (found,) = read(tmp_path, line)
    assert found == film if film else isinstance(found, UnreadableLine)


def test_a_line_that_would_fill_the_memory_is_skipped(tmp_path: Path) -> None:
    endless = b'{"id":2,"original_title":"' + b"x" * (5 * MAX_LINE_BYTES) + b'"}'
    first, second, third = read(tmp_path, b'{"id":1}\n' + endless + b'\n{"id":3}\n')
    assert (first, third) == (ExportedMovie(1), ExportedMovie(3))
    assert isinstance(second, UnreadableLine)
    assert "longer than" in second.reason
    assert len(read(tmp_path, b'{"id":1}\n' + endless)) == 2


def test_a_long_file_is_read_in_pieces(tmp_path: Path) -> None:
    films = read(tmp_path, lines_of(9000))
    assert [film.tmdb_id for film in films if isinstance(film, ExportedMovie)] == list(range(1, 9001))


def test_a_damaged_file_is_said_in_reading(tmp_path: Path) -> None:
    path = tmp_path / "export.json.gz"
    path.write_bytes(WHOLE[:-4])
    with pytest.raises(BadPayload, match="damaged"):
        list(read_export(path))
