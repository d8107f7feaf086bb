"""Names of keywords, companies, networks and collections: a download brings all, details those that are named."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.exports import ExportClient
from ayne.data_collection.tmdb.models import Export, ExportedMovie
from ayne.data_collection.tmdb.records import read_details
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError, MissingCredentials, SourceError
from ayne.kinds import COLLECTION, COMPANY, KEYWORD, MOVIE, NAMES, NETWORK, SERIES, Kind
from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from ayne.sandbox.television import Television
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from tests.in_process import KEY
from tests.series_bodies import Answer
from tests.shell import FAST, shell_for
from tests.unit.test_exports import FileHost
from tests.virtual_time import Inline, VirtualClock, run

NOON = datetime(2026, 6, 5, 12, tzinfo=UTC)
WORLD = World(Catalogue.generated(400, 3), series=lambda as_of: Television.generated(60, 3, as_of=as_of))
#: Where rows name them: the ids in movies and series.
NAMED = {
    COMPANY: "SELECT unnest(production_company_ids) FROM movies "
    "UNION SELECT unnest(production_company_ids) FROM series",
    NETWORK: "SELECT unnest(network_ids) FROM series",
    COLLECTION: "SELECT collection_id FROM movies WHERE collection_id IS NOT NULL",
}
COLUMNS = {
    COMPANY: ["name", "headquarters", "homepage", "logo_path", "origin_country", "description"],
    NETWORK: ["name", "headquarters", "homepage", "logo_path", "origin_country"],
    COLLECTION: ["name", "original_name", "original_language", "overview", "poster_path", "backdrop_path"],
}


class Wall(VirtualClock):
    """A clock that shows what time it is at a place."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def now(self) -> datetime:
        return self._place.now


class Place:
    """A file in memory, a sandbox, and what day it is."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, NOON
        self.app = SandboxApp(WORLD, wall_clock=self.seconds)
        self.db = DuckDBClient(":memory:", clock=Wall(self))

    def seconds(self) -> float:
        return self.now.timestamp()

    def collect(self, what: str, kind: Kind, *, host: Any = None, **asked: Any) -> RunReport:
        """Run a job of the orchestrator on the store of a kind."""
        clock, transport = Wall(self), SandboxTransport(self.app)

        async def main() -> RunReport:
            async with (
                TMDBClient(KEY, transport=transport, requests_per_second=1e6, clock=clock) as client,
                ExportClient(self.folder, transport=host or transport, max_retries=0, clock=clock) as exports,
            ):
                collection = DataCollectionOrchestrator(
                    self.db.of(kind), client, exports=exports, clock=clock, store_executor=Inline()
                )
                found: RunReport = await getattr(collection, what)(**asked)
                return found

        return run(main())

    def names(self, kind: Kind, **asked: Any) -> RunReport:
        return self.collect("run_names", kind, **asked)

    def held(self, kind: Kind) -> dict[int, str]:
        return dict(self.db.query(f"SELECT tmdb_id, name FROM {kind.live}").rows)

    def says(self, path: str) -> Any:
        return json.loads(self.app.answer(Request("GET", path, f"api_key={KEY}")).body)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def filled(place: Place) -> Place:
    """One with the films and series of some years."""
    span = {"discover_start_year": 2010, "discover_end_year": 2026, "min_vote_count": 0}
    for kind in (MOVIE, SERIES):
        place.collect("run_full_collection", kind, **span)
    return place


def lines(kind: Kind) -> dict[int, str]:
    file = WORLD.export(kind.exports[0], NOON.date(), NOON.timestamp())
    return {line["id"]: line["name"] for line in map(json.loads, gzip.decompress(file or b"").splitlines())}


def exported(kind: Kind, names: dict[int, str], day: str = "06_05_2026") -> dict[str, bytes]:
    rows = "".join(json.dumps({"id": number, "name": name}) + "\n" for number, name in names.items())
    return {f"{kind.exports[0]}_{day}.json.gz": gzip.compress(rows.encode())}


@pytest.mark.parametrize("kind", NAMES, ids=lambda kind: kind.name)
def test_every_name_of_the_export_is_a_row_for_one_download(place: Place, kind: Kind) -> None:
    report = place.names(kind)
    assert place.held(kind) == lines(kind) != {}
    assert (report.complete, report.names, report.requests) == (True, len(lines(kind)), 0)
    assert place.names(kind).names == report.names
    assert len(place.app.log) == 1


def test_details_come_of_those_that_films_and_series_name_and_of_no_others(filled: Place) -> None:
    for kind, named in NAMED.items():
        wanted = {number for (number,) in filled.db.query(named).rows}
        report = filled.names(kind, details=True)
        rows = filled.db.query(f"SELECT * FROM {kind.table} WHERE details_at IS NOT NULL").as_dicts()
        assert {row["tmdb_id"] for row in rows} == wanted != set()
        assert (report.complete, report.details, report.requests) == (True, len(wanted), len(wanted))
        assert filled.names(kind, details=True).requests == 0
        for row in rows[:20]:
            body = filled.says(f"/3/{kind.name}/{row['tmdb_id']}")
            assert {name: row[name] for name in COLUMNS[kind]} == {name: body[name] or None for name in COLUMNS[kind]}


def test_a_limit_takes_what_most_films_name(filled: Place) -> None:
    filled.names(COMPANY, details=True, limit=5)
    each = (f"SELECT unnest(production_company_ids) AS id FROM {live}" for live in ("films", "live_series"))
    counted = " UNION ALL ".join(each)
    most = filled.db.query(f"SELECT id FROM ({counted}) GROUP BY id ORDER BY count(*) DESC, id LIMIT 5").rows
    fetched = filled.db.query("SELECT tmdb_id FROM companies WHERE details_at IS NOT NULL").rows
    assert sorted(fetched) == sorted(most)


def test_details_come_once_more_when_they_have_grown_old(filled: Place) -> None:
    first = filled.names(NETWORK, details=True)
    filled.now += timedelta(days=170)
    again = filled.names(NETWORK, details=True)
    assert (again.details, again.refreshed) == (0, first.details)


def test_the_films_of_a_collection_are_those_that_its_page_lists(filled: Place) -> None:
    filled.names(COLLECTION, details=True)
    for number, films in filled.db.query(
        "SELECT tmdb_id, film_ids FROM live_collections WHERE details_at IS NOT NULL"
    ).rows:
        stored = filled.db.query(f"SELECT tmdb_id FROM films WHERE collection_id = {number}").rows
        assert {film for (film,) in stored} <= set(films)


def test_names_join_to_what_films_hold(filled: Place) -> None:
    filled.names(COMPANY)
    joined = filled.db.query(
        "SELECT f.name, c.name FROM (SELECT unnest(production_company_ids) AS id, unnest(production_companies) AS name "
        "FROM films) f LEFT JOIN live_companies c ON c.tmdb_id = f.id"
    ).rows
    assert joined
    assert all(theirs == ours for theirs, ours in joined)


def test_a_newer_export_renames_and_adds_and_an_older_one_is_not_asked_for(place: Place) -> None:
    host = FileHost(exported(KEYWORD, {1: "heist", 2: "train"}))
    place.names(KEYWORD, host=host)
    place.now += timedelta(days=1)
    host.files |= exported(KEYWORD, {1: "robbery", 3: "boat"}, "06_06_2026")
    assert place.names(KEYWORD, host=host).names == 2
    # What TMDB names no more stays, with the day on which it last did.
    assert place.held(KEYWORD) == {1: "robbery", 2: "train", 3: "boat"}
    day = place.db.query("SELECT tmdb_id FROM keyword_names WHERE summary_at = '2026-06-05'").rows
    assert day == [(2,)]
    asked = len(host.requests)
    place.names(KEYWORD, host=host)
    assert len(host.requests) == asked


def test_a_name_from_details_that_are_newer_than_the_export_stays(filled: Place) -> None:
    filled.names(NETWORK, details=True)
    names = filled.held(NETWORK)
    ((one,),) = filled.db.query("SELECT min(tmdb_id) FROM networks WHERE details_at IS NOT NULL").rows
    filled.db.of(NETWORK).store_export(
        Export(NETWORK.exports[0], NOON.date(), Path("none"), 0),
        [ExportedMovie(tmdb_id=one, original_title="Older"), ExportedMovie(tmdb_id=99_999, original_title="New")],
    )
    assert filled.held(NETWORK) == names | {99_999: "New"}


@pytest.mark.parametrize(
    "damage", [lambda file: file[:-9], lambda file: file[:40] + b"\0\0" + file[42:], lambda _: b"<html>"]
)
def test_a_file_that_is_not_whole_changes_nothing(place: Place, damage: Any) -> None:
    place.names(COMPANY, host=FileHost(exported(COMPANY, {1: "Pixar", 2: "Ghibli"})))
    place.now += timedelta(days=1)
    (name, whole), *_ = exported(COMPANY, {1: "Other", 2: "Names", 3: "Here"}, "06_06_2026").items()
    with pytest.raises(SourceError):
        place.names(COMPANY, host=FileHost({name: damage(whole)}))
    assert place.held(COMPANY) == {1: "Pixar", 2: "Ghibli"}


def test_a_line_that_cannot_be_read_is_counted_and_the_others_are_stored(place: Place) -> None:
    file = gzip.compress(b'{"id":1,"name":"heist"}\n{"name":"nobody"}\n{"id":2,"name":7}\n')
    report = place.names(KEYWORD, host=FileHost({"keyword_ids_06_05_2026.json.gz": file}))
    assert (report.unreadable, report.complete) == (1, False)
    assert place.held(KEYWORD) == {1: "heist", 2: None}


def test_what_is_named_and_gone_is_not_asked_for_again_and_again(place: Place) -> None:
    body = {"id": 1, "name": "Series", "networks": [{"id": 99_999, "name": "None such"}], "seasons": []}
    place.db.of(SERIES).commit(Commit(details=[read_details(Answer(json.dumps(body).encode()), SERIES)]))
    gone = requests = 0
    for _ in range(4):
        place.now += timedelta(days=1)
        report = place.names(NETWORK, details=True)
        gone, requests = gone + report.gone, requests + report.requests
    assert (gone, requests) == (1, 2)


def test_what_has_no_names_is_refused_before_anything_is_asked(place: Place) -> None:
    with pytest.raises(ValueError, match="series have no names of their own"):
        place.names(SERIES)
    with pytest.raises(ValueError, match="limit must not be negative"):
        place.names(COMPANY, limit=-1)
    with pytest.raises(ConfigurationError, match="need an ExportClient"):
        run(DataCollectionOrchestrator(place.db.of(COMPANY)).run_names())


def test_names_alone_need_no_key_and_details_do(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMDB_API_KEY", "TMDB_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    async def brought(**asked: Any) -> RunReport:
        clock = Wall(place)
        async with ExportClient(place.folder, transport=SandboxTransport(place.app), clock=clock) as exports:
            collection = DataCollectionOrchestrator(
                place.db.of(COMPANY), exports=exports, clock=clock, store_executor=Inline()
            )
            return await collection.run_names(**asked)

    with pytest.raises(MissingCredentials):
        run(brought(details=True))
    assert len(place.app.log) == 0
    assert run(brought()).names == len(lines(COMPANY))
    # A file from which the clock seems to be behind cannot be checked with TMDB then, and is no reason to stop.
    place.now -= timedelta(days=3)
    assert run(brought()).complete


def test_names_are_brought_told_of_and_kept_by_a_sync(tmp_path: Path) -> None:
    world = World(Catalogue.generated(100, 1), series=lambda as_of: Television.generated(20, 1, as_of=as_of))
    with running(SandboxApp(world)) as served:
        shell = shell_for(tmp_path, served.url)
        told = json.loads(
            shell.forked(
                "sync", "--from", "2024", "--to", "2024", "--min-votes", "0", *FAST, "--names", "--no-ratings", "--json"
            ).stdout
        )
        said = shell.forked("names", *FAST, "--details", "--limit", "1").stderr
    assert "319 keywords in the table keyword_names\n" in said
    assert "companies in the table companies, 1 with details (1 fetched, 0 refreshed)" in said
    status = shell.forked("status").stdout
    for kind in NAMES:
        ((held,),) = shell.query(f"SELECT count(*) FROM {kind.live}")
        assert told[kind.name]["names"] == held != 0
        assert (told[kind.name]["requests"], told[kind.name]["complete"]) == (0, True)
        assert f"{held:,} {kind.plural}" in status
