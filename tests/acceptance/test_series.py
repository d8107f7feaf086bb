"""Whole collections of series by the command: killed and carried on, from the export too, and kept fresh."""

from __future__ import annotations

import json
import time
from pathlib import Path

import httpx

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.clock import SandboxClock
from ayne.sandbox.pace import Pace
from ayne.sandbox.server import running
from ayne.sandbox.television import Television
from ayne.sandbox.world import World
from tests.shell import FAST, KEY, Killer, Shell, grow_older, shell_for

ALL = ("--kind", "series", "--from", "1930", "--to", "2030", "--min-votes", "0")
MOMENTS = ("first_seen_at", "details_at")
# A series is stored with all its seasons or not at all.
HALF = """
    SELECT count(*) FROM series s
    WHERE details_at IS NOT NULL AND number_of_episodes <> (
        SELECT count(*) FROM live_episodes e WHERE e.series_id = s.tmdb_id AND e.season_number > 0)"""
DAY = 86_400


def rows(shell: Shell, table: str, file: str = "films.duckdb") -> list[tuple[object, ...]]:
    left_out = (*MOMENTS, *(("summary_at", "popularity_at") if table == "series" else ()))
    return shell.query(f"SELECT * EXCLUDE ({', '.join(left_out)}) FROM {table} ORDER BY tmdb_id", file)


def test_series_killed_three_times_are_as_if_unbroken_and_never_half(tmp_path: Path) -> None:
    world = World(Catalogue.generated(1), series=lambda as_of: Television.generated(700, 5, as_of=as_of))
    command = ("collect", *ALL, "--source", "both")
    killer = Killer()
    with running(SandboxApp(world, faults=killer)) as served:
        shell = shell_for(tmp_path, served.url)
        for after in (120, 200, 150):
            killer.kill(shell, *command, "--rate", "1000", after=after)
            assert shell.query(HALF) == [(0,)]
        shell.ayne(*command, *FAST)
        shell.ayne(*command, *FAST, "--db", "unbroken.duckdb")
    for table in ("series", "seasons", "episodes"):
        assert rows(shell, table) == rows(shell, table, "unbroken.duckdb"), table
    assert shell.query(HALF) == [(0,)]
    # Those without a date are in no list by date.
    ((undated, whole),) = shell.query("SELECT count(*), count(details_at) FROM series WHERE first_air_date IS NULL")
    assert (whole, bool(undated)) == (undated, True)


def test_a_sync_brings_what_was_broadcast_since(tmp_path: Path) -> None:
    own = SandboxClock(time.time() - 5 * DAY)
    pace = Pace(edited=0.1, moved=0, deleted=0, merged=0)
    world = World(
        Catalogue.generated(1),
        seed=2,
        pace=pace,
        start=own.midnight - DAY,
        series=lambda as_of: Television.generated(400, 5, as_of=as_of),
    )
    with running(SandboxApp(world, own_time=own)) as served:
        shell = shell_for(tmp_path, served.url)
        shell.ayne("collect", *ALL, *FAST)
        grow_older(tmp_path / "films.duckdb", 5 * DAY)
        root = served.url.removesuffix("/3")
        httpx.post(f"{root}/sandbox/clock", params={"advance": str(5 * DAY)}, trust_env=False).raise_for_status()
        report = json.loads(shell.ayne("sync", *ALL, *FAST, "--no-ratings", "--json").stdout)
        assert (report["kind"], report["outcome"]) == ("series", "done")
        assert report["refreshed_by_reason"]["changed"] == report["feed"]["ours"] > 0
        with httpx.Client(base_url=served.url, params={"api_key": KEY}, trust_env=False) as tmdb:
            changed = [row["id"] for row in tmdb.get("/tv/changes").json()["results"]]
            assert changed
            for (tmdb_id,) in shell.query("SELECT tmdb_id FROM series WHERE details_at > now() - INTERVAL 1 DAY"):
                told = tmdb.get(f"/tv/{tmdb_id}").json()
                stored = shell.query(
                    f"SELECT name, status, number_of_episodes, last_episode_id FROM series WHERE tmdb_id = {tmdb_id}"
                )
                last = told["last_episode_to_air"]
                assert stored == [(told["name"], told["status"], told["number_of_episodes"], last and last["id"])], (
                    tmdb_id
                )
    assert shell.query(HALF) == [(0,)]


def test_a_report_counts_series_beside_films(tmp_path: Path) -> None:
    world = World(Catalogue.generated(100, 1), series=lambda as_of: Television.generated(150, 1, as_of=as_of))
    with running(SandboxApp(world)) as served:
        shell = shell_for(tmp_path, served.url)
        years = ("--from", "2015", "--to", "2016", "--min-votes", "0")
        shell.forked("collect", "--kind", "movie,series", *years, *FAST)
        shell.forked("report", "--out", "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for table, plural in (("live_series", "series"), ("live_seasons", "seasons"), ("live_episodes", "episodes")):
        ((rows,),) = shell.query(f"SELECT count(*) FROM {table}")
        assert f"<b>{rows:,}</b> {plural}</span>" in page
