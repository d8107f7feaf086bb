"""IMDb's file of ratings: what stands in it, and the host that serves it."""

import gzip
import json
import re
from datetime import UTC, datetime

from ayne.sandbox.answers import Answer, Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.faults import FaultPlan
from ayne.sandbox.life.events import DAY
from ayne.sandbox.pace import Pace
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
    head, *rows, end = lines(app())
    assert (head, end) == ("tconst\taverageRating\tnumVotes", "")
    assert len(rows) > 500
    assert all(re.fullmatch(r"tt\d{7,8}\t\d\.\d\t\d+", row) for row in rows)
    assert rows == sorted(rows)
    assert len({row.split("\t")[0] for row in rows}) == len(rows)


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
