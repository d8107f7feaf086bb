"""Series by every command that films have: the same words, with ``--kind``."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import pytest

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.server import RunningSandbox, running
from ayne.sandbox.television import Television
from ayne.sandbox.world import World
from tests.shell import FAST, KEY, Shell, shell_for

YEARS = ("--from", "2015", "--to", "2016", "--min-votes", "0")
SOME = ("--kind", "series", *YEARS, *FAST)


TELEVISION = Television.generated(150, 1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    world = World(Catalogue.generated(100, 1), series=lambda as_of: TELEVISION)
    with running(SandboxApp(world)) as served:
        yield served


@pytest.fixture(scope="module")
def collected(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder with the films and the series of two years."""
    shell = shell_for(tmp_path_factory.mktemp("series"), sandbox.url)
    shell.forked("collect", "--kind", "movie,series", *YEARS, *FAST, "--parts", "keywords,aggregate_credits")
    return shell


def in_file(sandbox: RunningSandbox, name: str) -> dict[str, list[str]]:
    """What stands in one of IMDb's files, by the id."""
    packed = httpx.get(f"{sandbox.imdb_url}{name}").content
    rows = (line.split("\t") for line in gzip.decompress(packed).decode().splitlines()[1:])
    return {imdb_id: told for imdb_id, *told in rows}


def count(shell: Shell, table: str) -> int:
    ((rows,),) = shell.query(f"SELECT count(*) FROM {table}")
    return int(str(rows))


def test_both_kinds_are_collected_within_one_limit(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    both = json.loads(shell.forked("collect", "--kind", "series,movie", *YEARS, *FAST, "--limit", "2", "--json").stdout)
    assert {kind: report["details"] for kind, report in both.items()} == {"series": 2, "movie": 0}
    assert both["movie"]["stored"]["listed"] > 0


def test_a_part_is_fetched_of_those_kinds_that_have_it(collected: Shell) -> None:
    assert {kind for (kind,) in collected.query("SELECT DISTINCT kind FROM parts WHERE part = 'keywords'")} == {
        "movie",
        "series",
    }
    assert collected.query("SELECT DISTINCT kind FROM parts WHERE part = 'aggregate_credits'") == [("series",)]


def test_a_plan_counts_series(collected: Shell, sandbox: RunningSandbox) -> None:
    plan = json.loads(collected.forked("plan", *SOME, "--json").stdout)
    assert plan["films"] == plan["stored"] == count(collected, "live_series")
    assert (plan["details"], plan["bytes"]) == (0, 0 if plan["bytes"] else None)
    assert "series listed" in collected.forked("plan", *SOME).stdout


def test_series_that_grew_old_are_refreshed_and_synced(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    shell.forked("collect", *SOME, "--limit", "4")
    with duckdb.connect(str(shell.folder / "films.duckdb")) as con:
        con.execute("UPDATE series SET details_at = details_at - INTERVAL 170 DAY WHERE details_at IS NOT NULL")
    said = shell.forked("refresh", "--kind", "series", "--no-changes", *FAST, "--limit", "1").stderr
    assert "1 series refreshed" in said
    report = json.loads(shell.forked("sync", "--kind", "movie,series", *YEARS, *FAST, "--no-ratings", "--json").stdout)
    assert report["series"]["refreshed"] >= 3
    assert report["movie"]["details"] == count(shell, "films")
    assert report["series"]["stored"]["without_details"] == 0


def test_kept_answers_of_all_kinds_are_read_again_and_nothing_is_too_old(collected: Shell) -> None:
    rebuilt = json.loads(collected.forked("rebuild", "--json").stdout)
    assert rebuilt["series"]["films"] == count(collected, "live_series")
    assert rebuilt["movie"]["films"] == count(collected, "films")
    assert json.loads(collected.forked("rebuild", "--kind", "series", "--json").stdout)["films"] > 0
    assert "nothing is older" in collected.forked("purge", "--kind", "series").stdout


def test_an_export_has_a_file_for_each_table_of_series(collected: Shell, tmp_path: Path) -> None:
    collected.forked("export", "--format", "jsonl", "--out", str(tmp_path / "out"))
    rows = (tmp_path / "out" / "series.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == count(collected, "live_series")
    assert (tmp_path / "out" / "movies.jsonl").exists()
    episodes = (tmp_path / "out" / "episodes.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(episodes) == count(collected, "episodes") > 0


def test_a_list_names_series_by_ids_addresses_and_imdb_ids(
    sandbox: RunningSandbox, collected: Shell, tmp_path: Path
) -> None:
    ids = [tmdb_id for (tmdb_id,) in collected.query("SELECT tmdb_id FROM live_series ORDER BY tmdb_id LIMIT 3")]
    with httpx.Client(base_url=f"{sandbox.url}", params={"api_key": KEY}) as tmdb:
        imdb_id = tmdb.get(f"/tv/{ids[2]}/external_ids").json()["imdb_id"]
    lines = [str(ids[0]), f"https://www.themoviedb.org/tv/{ids[1]}-name", imdb_id, "themoviedb.org/movie/550", "what"]
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    shell = shell_for(tmp_path, sandbox.url)
    done = shell.forked("collect", "--kind", "series", "--ids", "list.txt", *FAST)
    assert "3 stored, 1 not a series, 1 unreadable" in " ".join(done.stderr.split())
    assert [tmdb_id for (tmdb_id,) in shell.query("SELECT tmdb_id FROM live_series ORDER BY tmdb_id")] == ids
    again = json.loads(shell.forked("collect", "--kind", "series", "--ids", "list.txt", *FAST, "--json").stdout)
    assert (again["details"], again["given"]["outcomes"]["not a series"]) == (0, 1)


def test_series_and_their_episodes_are_rated_as_omdb_and_imdb_rate_them(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    shell.settings.update(AYNE_OMDB_URL=sandbox.omdb_url, AYNE_IMDB_URL=sandbox.imdb_url, OMDB_API_KEY="0123abcd")
    shell.forked("collect", *SOME, "--parts", "external_ids")
    done = shell.forked("ratings", "--kind", "series", "--source", "omdb,imdb", "--episodes", *FAST)

    known = {str(imdb_id) for (imdb_id,) in shell.query("SELECT imdb_id FROM series_external_ids") if imdb_id}
    assert f"{len(known)} series rated" in done.stderr
    served = in_file(sandbox, "title.ratings.tsv.gz")
    of_omdb = shell.query("SELECT imdb_id, imdb_rating, imdb_votes FROM ratings WHERE type = 'series'")
    assert {imdb_id for imdb_id, *_ in of_omdb} == known != set()
    assert {imdb_id: told for imdb_id, *told in of_omdb if told[0]} == {
        imdb_id: [float(served[imdb_id][0]), int(served[imdb_id][1])] for imdb_id in known & served.keys()
    }

    # What each episode's own page says of its IMDb id; that page was never asked for.
    stored = shell.query("SELECT tmdb_id, series_id, season_number, episode_number FROM live_episodes")
    joined = {tmdb_id: str(name) for tmdb_id, name in shell.query("SELECT tmdb_id, imdb_id FROM imdb_episodes")}
    numbers = in_file(sandbox, "title.episode.tsv.gz")
    expected = {}
    for tmdb_id, series, season, episode in stored:
        found = TELEVISION.part(int(str(series)), f"season/{season}/episode/{episode}/external_ids") or {}
        if (name := found["imdb_id"]) and numbers[name][1:] == [str(season), str(episode)]:
            expected[tmdb_id] = name
    assert joined == expected != {}
    assert f"{len(joined):,} of {len(stored):,} episodes found by their numbers; not found: " in done.stderr
    rated = shell.query("SELECT imdb_id, rating, votes FROM imdb_ratings JOIN imdb_episodes USING (imdb_id)")
    assert {imdb_id: told for imdb_id, *told in rated} == {
        name: [float(served[name][0]), int(served[name][1])] for name in joined.values() if name in served
    }

    ((series, season, best),) = shell.query(
        "SELECT series_id, season_number, max(rating) FROM live_episodes JOIN imdb_episodes USING (tmdb_id) "
        "JOIN imdb_ratings USING (imdb_id) GROUP BY ALL ORDER BY ALL LIMIT 1"
    )
    shown = ("series", str(series), "--season", str(season))
    assert (
        max(each["imdb_rating"] or 0 for each in json.loads(shell.forked(*shown, "--json").stdout)["episodes"]) == best
    )
    assert "imdb_rating" in shell.forked(*shown).stdout

    again = shell.forked("sync", *SOME, "--parts", "external_ids", "--ratings", "omdb,imdb", "--episodes", "--json")
    report = json.loads(again.stdout)
    assert (report["imdb_episodes"]["joined"], report["ratings"]["rated"]) == (len(joined), 0)
    assert report["imdb"]["rated"] == len(known & served.keys()) + len(rated)


@pytest.mark.parametrize(("fails", "missing", "said"), [(1, "imdb_episodes", "titles rated"), (2, "imdb", "found by")])
def test_each_of_imdbs_files_is_taken_although_the_other_cannot_be_had(
    sandbox: RunningSandbox, tmp_path: Path, fails: int, missing: str, said: str
) -> None:
    shell = shell_for(tmp_path, sandbox.url)
    shell.forked("collect", *SOME, "--parts", "external_ids")
    asked = ("ratings", "--kind", "series", "--source", "imdb", "--episodes")
    for more in ((), ("--json",)):
        with running(SandboxApp(sandbox.app.world, faults=FaultPlan.parse(f"404@{fails}"))) as served:
            shell.settings["AYNE_IMDB_URL"] = served.imdb_url
            done = shell.forked(*asked, *more, code=1)
        if more:
            report = json.loads(done.stdout)
            assert [name for name in ("imdb", "imdb_episodes") if "missing" in report[name]] == [missing]
        else:
            assert f"missing: the host of the IMDb {'episodes' if fails == 1 else 'ratings'} file" in done.stderr
            assert said in done.stderr


def test_what_cannot_be_rated_is_refused(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {})
    assert "name one with --kind" in shell.forked("ratings", "--kind", "movie,series", code=2).stderr
    for asked in (("--source", "imdb"), ("--kind", "series")):
        told = " ".join(shell.forked("ratings", *asked, "--episodes", code=2).stderr.split())
        assert "--episodes needs --kind series, and imdb" in told


def test_a_series_is_shown_by_its_id_its_address_and_its_name(sandbox: RunningSandbox, collected: Shell) -> None:
    ((tmdb_id, name),) = collected.query(
        "SELECT tmdb_id, name FROM live_series ORDER BY vote_count DESC NULLS LAST, tmdb_id LIMIT 1"
    )
    for asked in (str(tmdb_id), f"https://www.themoviedb.org/tv/{tmdb_id}-x", str(name)):
        said = collected.forked("series", asked).stdout
        assert said.startswith(f"{name} (201")
        assert "number of episodes" in said
    assert json.loads(collected.forked("series", str(tmdb_id), "--json").stdout)["name"] == name
    assert "vote_count" in collected.forked("series", str(tmdb_id), "--history").stdout
    assert "is a film, not a series" in collected.forked("series", "themoviedb.org/movie/550", code=2).stderr
    assert f"ayne series {tmdb_id} --fetch" in collected.forked("series", str(name), "--online").stderr
    seasons = json.loads(collected.forked("series", str(tmdb_id), "--json").stdout)["seasons"]
    last = seasons[-1]["season"]
    told = json.loads(collected.forked("series", str(tmdb_id), "--season", str(last), "--json").stdout)
    assert [row["episode"] for row in told["episodes"]] == list(range(1, seasons[-1]["episodes"] + 1))
    assert f"--season {last}" in collected.forked("series", str(tmdb_id)).stderr
    assert told["episodes"][0]["name"] in collected.forked("series", str(tmdb_id), "--season", str(last)).stdout
    assert (
        f"There are {seasons[0]['season']}" in collected.forked("series", str(tmdb_id), "--season", "77", code=1).stderr
    )
    assert "fetched" in collected.forked("series", str(tmdb_id), "--fetch").stderr


def test_status_tells_of_each_kind_that_is_stored(collected: Shell) -> None:
    films, series = count(collected, "films"), count(collected, "live_series")
    said = collected.forked("status").stdout
    assert f"films.duckdb: {films} films, {films} with details" in said
    assert f"films.duckdb: {series} series, {series} with details" in said
    assert f"{count(collected, 'live_seasons')} seasons, {count(collected, 'live_episodes')} episodes" in said
    assert said.count("outcome") == 1
    document = json.loads(collected.forked("status", "--json").stdout)
    assert (document["kind"], document["films"], document["kinds"]["series"]["films"]) == ("movie", films, series)
    alone = json.loads(collected.forked("status", "--kind", "series", "--json").stdout)
    assert (alone["kind"], alone["films"]) == ("series", series)
    assert f"{films} films" in collected.forked("status", "--check").stdout
