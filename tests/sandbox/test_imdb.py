"""IMDb's files: what stands in them, and the host that serves them."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ayne.sandbox.answers import Answer, Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.life.events import DAY
from ayne.sandbox.pace import Pace
from ayne.sandbox.television import Television
from ayne.sandbox.world import World

MIDNIGHT = int(datetime(2026, 6, 5, tzinfo=UTC).timestamp())
NOON = MIDNIGHT + DAY // 2
FILMS = Catalogue.generated(1000, seed=3)
PATH = "/imdb/title.ratings.tsv.gz"


def app(now: float = NOON, world: World | None = None) -> SandboxApp:
    return SandboxApp(world or World(FILMS), seed=4, wall_clock=lambda: now)


def ask(site: SandboxApp, path: str = PATH, method: str = "GET", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.answer(Request(method, path, headers=named))


def lines(site: SandboxApp) -> list[str]:
    return gzip.decompress(ask(site).body).decode().split("\n")


def test_a_line_is_an_id_a_rating_and_a_number_of_votes_with_tabs_between() -> None:
    head, *found, end = lines(app())
    assert (head, end) == ("tconst\taverageRating\tnumVotes", "")
    assert len(found) > 500
    assert all(re.fullmatch(r"tt\d{7,8}\t\d\.\d\t\d+", row) for row in found)
    assert found == sorted(found)
    assert len({row.split("\t")[0] for row in found}) == len(found)


def test_omdb_passes_on_just_these_ratings() -> None:
    site = app()
    told = {imdb_id: rest for imdb_id, *rest in (row.split("\t") for row in lines(site)[1:-1])}
    unrated = 0
    for film in FILMS.ids(range(0, 1000, 10)):
        imdb_id = (FILMS.details(film) or {})["imdb_id"]
        if not imdb_id:
            continue
        omdb = json.loads(site.answer(Request("GET", "/omdb/", f"apikey=k&i={imdb_id}")).body)
        if imdb_id in told:
            assert [omdb["imdbRating"], omdb["imdbVotes"].replace(",", "")] == told[imdb_id]
        else:
            unrated += 1
            assert (omdb["imdbRating"], omdb["imdbVotes"]) == ("N/A", "N/A")
    assert unrated


def test_a_piece_can_be_had_and_what_one_has_is_not_sent_again() -> None:
    site = app()
    whole = ask(site)
    etag, modified = whole.headers["ETag"], whole.headers["Last-Modified"]
    assert modified == "Fri, 05 Jun 2026 07:00:00 GMT"
    rest = ask(site, range="bytes=100-", if_range=etag)
    assert (rest.status, whole.body[:100] + rest.body) == (206, whole.body)
    assert ask(site, range="bytes=100-", if_range='"another"').body == whole.body
    assert (ask(site, if_none_match=etag).status, ask(site, if_none_match=etag).body) == (304, b"")
    assert ask(site, if_modified_since=modified).status == 304
    assert ask(site, if_modified_since="Fri, 05 Jun 2026 06:59:59 GMT").status == 200
    assert ask(site, if_modified_since="yesterday").status == 200


def test_the_file_is_another_one_each_day() -> None:
    world = World(FILMS, pace=Pace(voted=1.0), start=MIDNIGHT - 9 * DAY)
    today, tonight, tomorrow = (ask(app(now, world)) for now in (NOON, NOON + DAY // 2 + 60, NOON + DAY))
    assert today.headers["ETag"] == tonight.headers["ETag"] != tomorrow.headers["ETag"]


def test_there_is_no_other_file_and_nothing_can_be_put_there() -> None:
    assert ask(app(), "/imdb/title.basics.tsv.gz").status == 403
    assert ask(app(), method="POST").status == 405


def test_it_can_be_made_to_fail() -> None:
    site = SandboxApp(FILMS, faults=FaultPlan.parse("imdb:503@1-1"))
    assert [ask(site).status, ask(site).status] == [503, 200]


SERIES = Television.generated(400, seed=3)
WITH_SERIES = World(FILMS, series=lambda as_of: Television.generated(400, seed=3, as_of=as_of))
EPISODES = "/imdb/title.episode.tsv.gz"


def rows(path: str, world: World = WITH_SERIES) -> list[list[str]]:
    text = gzip.decompress(ask(app(world=world), path).body).decode()
    assert text.endswith("\n")
    return [line.split("\t") for line in text.splitlines()[1:]]


def known() -> Iterator[tuple[int, str]]:
    for series in SERIES.ids(range(len(SERIES))):
        if imdb_id := (SERIES.part(series, "external_ids") or {})["imdb_id"]:
            yield series, imdb_id


def test_series_have_the_ratings_that_omdb_passes_on() -> None:
    site, told = app(world=WITH_SERIES), {row[0]: row[1:] for row in rows(PATH)}
    found = [json.loads(site.answer(Request("GET", "/omdb/", f"apikey=k&i={name}")).body) for _, name in known()]
    assert len(found) > 150
    assert {each["Type"] for each in found} == {"series"}
    expected = [told.get(each["imdbID"], ["N/A", "N/A"]) for each in found]
    assert [[each["imdbRating"], each["imdbVotes"].replace(",", "")] for each in found] == expected
    assert 0.3 * len(found) < sum(each["imdbRating"] != "N/A" for each in found) < len(found)


def test_an_episode_stands_below_its_series_by_the_numbers_that_tmdb_has() -> None:
    told = {row[0]: row[1:] for row in rows(EPISODES)}
    same = others = 0
    for series, imdb_id in known():
        found = SERIES.series(series)
        assert found is not None
        # Some have thousands; the second of a season tells as much.
        for season, place in (each for each in found.guide.episodes() if each[1] == 1):
            shown = found.guide.shown(season, place)
            number = f"{shown['season_number']}/episode/{shown['episode_number']}"
            name = (SERIES.part(series, f"season/{number}/external_ids") or {})["imdb_id"]
            if name is None:
                continue
            parent, *numbers = told[name]
            assert parent == imdb_id
            if not shown["season_number"]:
                assert numbers == ["\\N", "\\N"]
            same += numbers == [str(shown["season_number"]), str(shown["episode_number"])]
            others += numbers != [str(shown["season_number"]), str(shown["episode_number"])]
    assert same > 9 * others > 0


def test_most_episodes_that_aired_are_rated_and_nothing_else() -> None:
    episodes = {row[0] for row in rows(EPISODES)}
    rated = {row[0] for row in rows(PATH)}
    of_series = {name for _, name in known()}
    of_films = {row.split("\t")[0] for row in lines(app())[1:-1]}
    assert rated - of_films - of_series <= episodes
    assert 0.3 * len(episodes) < len(rated & episodes) < len(episodes)


def test_a_series_at_omdb_has_the_keys_of_recorded_ones(recordings: Path) -> None:
    real = json.loads((recordings / "omdb" / "arrays" / "adi-howdy_movielist_39.json").read_bytes())
    recorded = [found for found in real if found["Type"] == "series"]
    site = app(world=WITH_SERIES)
    for _, imdb_id in list(known())[:30]:
        ours = json.loads(site.answer(Request("GET", "/omdb/", f"apikey=k&i={imdb_id}")).body)
        assert list(ours) == list(recorded[0])
        assert {name: type(value) for name, value in ours.items()} == {
            name: type(value) for name, value in recorded[0].items()
        }
        for found in (*recorded, ours):
            assert re.fullmatch("\\d{4}(\N{EN DASH}(\\d{4})?)?|N/A", found["Year"])
            assert re.fullmatch(r"\d+|N/A", found["totalSeasons"])
            assert (found["Director"], found["Metascore"]) == ("N/A", "N/A")
