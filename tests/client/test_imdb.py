"""IMDb's file of ratings is fetched whole or not at all, and only when there is a newer one."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from ayne.data_collection.imdb.client import RATINGS, ImdbClient, ImdbEpisodesClient
from ayne.data_collection.imdb.models import ImdbEpisode, ImdbFile, ImdbRating
from ayne.errors import BadPayload, ConfigurationError, NotFound, ServerFailure
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.transport import SandboxTransport
from tests.virtual_time import VirtualClock, run

T = TypeVar("T")

FILMS = Catalogue.generated(3000, seed=2)
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MADE = NOW.replace(hour=7)
DAY = timedelta(days=1)


class Host:
    """A sandbox, a folder, and a client for each visit."""

    def __init__(self, folder: Path, faults: str = "", now: datetime = NOW, **options: Any) -> None:
        self.now = now
        self.app = SandboxApp(FILMS, faults=FaultPlan.parse(faults), wall_clock=self._seconds)
        self.folder = folder
        self._options = options

    def _seconds(self) -> float:
        return self.now.timestamp()

    def visit(self, work: str = "fetch_newer", *arguments: Any) -> Any:
        async def visiting() -> Any:
            transport = SandboxTransport(self.app)
            options = {"jitter": 0, "base_url": "https://imdb.example/imdb", **self._options}
            async with ImdbClient(self.folder, transport=transport, clock=VirtualClock(self.now), **options) as client:
                return await getattr(client, work)(*arguments)

        return run(visiting())

    @property
    def statuses(self) -> list[int]:
        """What was answered, in order of the numbers."""
        return sorted(int(status) for status, count in self.app.log.report()["by_status"].items() for _ in range(count))


def titles(file: ImdbFile) -> list[ImdbRating]:
    found = list(ImdbClient(file.path.parent, transport=SandboxTransport(SandboxApp(FILMS))).read(file))
    return [title for title in found if isinstance(title, ImdbRating)]


def test_the_file_comes_whole_with_the_moment_at_which_it_was_made(tmp_path: Path) -> None:
    file = Host(tmp_path).visit("fetch_newer", None)
    assert (file.path, file.made_at) == (tmp_path / RATINGS, MADE)
    assert len(titles(file)) > 2000


def test_nothing_is_downloaded_while_there_is_no_newer_one(tmp_path: Path) -> None:
    host = Host(tmp_path)
    file = host.visit("fetch_newer", None)
    assert host.visit("fetch_newer", file.made_at) is None
    assert host.statuses == [200, 304]
    host.now += DAY
    assert host.visit("fetch_newer", file.made_at).made_at == MADE + DAY


def test_a_file_that_came_and_was_not_stored_is_not_fetched_again(tmp_path: Path) -> None:
    host = Host(tmp_path)
    first = host.visit("fetch_newer", None)
    assert host.visit("fetch_newer", None) == first
    assert host.visit("held") == first
    assert host.statuses == [200, 304]


def test_of_a_file_of_days_ago_that_was_not_stored_the_newer_one_is_taken(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.visit("fetch_newer", None)
    host.now += 3 * DAY
    assert host.visit("fetch_newer", None).made_at == MADE + 3 * DAY


@pytest.mark.parametrize("fault", ["cut@1", "reset@1", "503@1-2", "truncated@1", "short@1", "stall@1", "html@1"])
def test_what_goes_wrong_on_the_way_leaves_a_whole_file_or_none(tmp_path: Path, fault: str) -> None:
    host = Host(tmp_path, faults=f"imdb:{fault}", timeout=1.0)
    whole = Host(tmp_path / "beside").visit("fetch_newer", None)
    assert host.visit("fetch_newer", None).path.read_bytes() == whole.path.read_bytes()
    assert len(host.statuses) > 1


def test_a_damaged_file_in_the_folder_is_fetched_anew(tmp_path: Path) -> None:
    host = Host(tmp_path)
    file = host.visit("fetch_newer", None)
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[: len(whole) // 2])
    assert host.visit("held") is None
    file.path.write_bytes(whole[: len(whole) // 2])
    assert host.visit("fetch_newer", None).path.read_bytes() == whole


def test_a_file_from_the_future_is_of_now(tmp_path: Path) -> None:
    host = Host(tmp_path)
    file = host.visit("fetch_newer", None)
    ahead = (NOW + 9 * DAY).timestamp()
    os.utime(file.path, (ahead, ahead))
    assert host.visit("held").made_at <= NOW


def test_an_error_page_is_no_file(tmp_path: Path) -> None:
    with pytest.raises((BadPayload, ServerFailure, NotFound)):
        Host(tmp_path, faults="imdb:404=1").visit("fetch_newer", None)
    assert not (tmp_path / RATINGS).exists()


def test_an_address_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        ImdbClient(tmp_path, base_url="imdb")


@pytest.mark.parametrize("end", [b"3\t12\n", b"3\t12", b"\\N\t\\N\n", b"\\N\t\\N"])
def test_the_file_of_episodes_lies_beside_that_of_ratings_and_may_end_with_an_unknown_number(
    tmp_path: Path, end: bytes
) -> None:
    body = gzip.compress(b"tconst\tparentTconst\tseasonNumber\tepisodeNumber\ntt0959621\ttt0903747\t" + end)
    host = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(body)))
    ratings = Host(tmp_path).visit("fetch_newer", None)

    async def episodes() -> list[Any]:
        async with ImdbEpisodesClient(tmp_path, transport=host, clock=VirtualClock(NOW)) as client:
            file = await client.fetch_newer(None)
            assert file == await client.held()
            return list(client.read(file)) if file else []

    numbers = (3, 12) if b"3" in end else (None, None)
    assert run(episodes()) == [ImdbEpisode("tt0959621", "tt0903747", *numbers)]
    assert {path.name for path in tmp_path.iterdir()} == {".lock", RATINGS, "title.episode.tsv.gz"}
    assert titles(ratings)


def test_a_file_of_episodes_that_breaks_off_is_none(tmp_path: Path) -> None:
    body = b"tconst\tparentTconst\tseasonNumber\tepisodeNumber\ntt0959621\tt"
    host = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(body)))

    async def episodes() -> None:
        async with ImdbEpisodesClient(tmp_path, transport=host, clock=VirtualClock(NOW), max_retries=0) as client:
            await client.fetch_newer(None)

    with pytest.raises(BadPayload, match="breaks off"):
        run(episodes())
