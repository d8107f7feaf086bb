"""A kind that nobody has heard of: described here, collected, kept up to date and exported, with src as it is."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ayne.data_collection.commit import Commit
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.rebuild import rebuild
from ayne.data_collection.refresh import RefreshPolicy, most_urgent
from ayne.data_collection.run_report import RunReport
from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.exports import ExportClient
from ayne.data_collection.tmdb.models import Export, ExportedMovie, FetchFailure
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds.column import Column
from ayne.kinds.kind import Discover, Kind
from ayne.kinds.part import Part, lists_of_countries, one_list
from ayne.kinds.readers import AVERAGE, DAY, INTEGER, MINUTES, NUMBER, SMALL_INTEGER, TEXT, TEXTS
from tests.in_process import KEY
from tests.store.test_store import details
from tests.virtual_time import Inline, Standing, run

GAME = Kind(
    name="board_game",
    noun="game",
    plural="games",
    table="games",
    live="live_games",
    history="game_history",
    as_of="game_as_of",
    comment="One row a board game",
    columns=(
        Column("tmdb_id", INTEGER, "The game's id", key="id"),
        Column("name", TEXT, "What is printed on the box", in_summary=True),
        Column("description", TEXT, "What it is about"),
        Column("published", DAY, "First day in the shops", in_summary=True),
        Column("fewest_players", SMALL_INTEGER, "Players", key="min_players"),
        Column("most_players", SMALL_INTEGER, "Players", key="max_players"),
        Column("minutes", MINUTES, "How long a game takes", key="playing_time"),
        Column("designers", TEXTS, "Who made it up"),
        Column("rating", AVERAGE, "0.5 to 10, NULL when nobody rated it", in_summary=True),
        Column("ratings", INTEGER, "How many people rated it", in_summary=True),
        Column("popularity", NUMBER, "A score", in_summary=True),
        Column("image_path", TEXT, "The box", in_summary=True),
    ),
    tracked=("ratings", "rating"),
    parts={
        "mechanics": Part(
            "mechanics",
            "How a game works",
            one_list("mechanics"),
            (Column("mechanic", TEXT, "Its name", key="name", needed=True),),
            key=("mechanic",),
        ),
        "editions": Part(
            "editions",
            "What a game is called elsewhere",
            lists_of_countries("editions"),
            (Column("title", TEXT, "On that box", needed=True), Column("released", DAY, "First day there")),
            above=(Column("country", TEXT, "ISO 3166-1 code", needed=True),),
            key=("country", "title"),
        ),
    },
    discover=Discover("/discover/board_game", dates="published"),
    changes="/board_game/changes",
    exports=("board_game_ids",),
    title="name",
    day="published",
    votes="ratings",
    popularity="popularity",
)

# A kind of which next to nothing is known: no day, no votes, no list, no feed.
WORD = Kind(
    "word",
    "word",
    "words",
    table="words",
    live="live_words",
    history="word_history",
    as_of="word_as_of",
    comment="One row a word",
    columns=(Column("tmdb_id", INTEGER, "The word's id", key="id"), Column("name", TEXT, "The word")),
    tracked=("name",),
    exports=("word_ids",),
)

GAMES, TODAY, A_DAY = 90, datetime(2026, 6, 1, 9, tzinfo=UTC), timedelta(days=1)


class Shelf(httpx.AsyncBaseTransport):
    """A server of board games: lists by date, details with parts, a feed of changes, and an export."""

    def __init__(self) -> None:
        self.now = TODAY
        self.asked: Counter[int] = Counter()
        self.changed: list[int] = []
        self.ratings = 10
        self.on_game: Callable[[], None] = lambda: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path, given = request.url.path.removeprefix("/3"), request.url.params
        if path == "/discover/board_game":
            first, last = given["published.gte"], given["published.lte"]
            found: Any = self.page(
                [g for g in map(self.game, range(1, GAMES + 1)) if first <= g["published"] <= last], given
            )
        elif path == "/board_game/changes":
            named = self.changed if given["start_date"] == f"{TODAY:%Y-%m-%d}" else []
            found = self.page([{"id": number, "adult": None} for number in named], given)
        elif path.startswith("/board_game/"):
            number = int(path.rpartition("/")[2])
            self.asked[number] += 1
            self.on_game()
            found = self.game(number) | {part: self.part(part) for part in given["append_to_response"].split(",")}
        elif path.endswith(".json.gz"):
            lines = (json.dumps({"id": number, "popularity": 1.5}) for number in range(1, GAMES + 11))
            body = gzip.compress("\n".join(lines).encode())
            return httpx.Response(200, headers={"Content-Length": str(len(body))}, stream=httpx.ByteStream(body))
        else:
            found = {"success": True}
        date = self.now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return httpx.Response(200, headers={"Date": date}, stream=httpx.ByteStream(json.dumps(found).encode()))

    def game(self, number: int) -> dict[str, Any]:
        day = f"20{number % 30:02}-0{1 + number % 9}-11"
        shared = {"id": number, "name": f"Game {number}", "published": day, "ratings": self.ratings, "rating": 7.5}
        return shared | {"min_players": 2, "max_players": 4, "playing_time": 0, "designers": ["R. K."], "age": 8}

    def part(self, name: str) -> dict[str, Any]:
        if name == "mechanics":
            return {"mechanics": [{"name": "dice"}, {"name": None}]}
        return {"results": [{"iso_3166_1": "DE", "editions": [{"title": "Spiel", "released": ""}]}]}

    def page(self, rows: list[dict[str, Any]], given: httpx.QueryParams) -> dict[str, Any]:
        number = int(given.get("page", "1"))
        told = {"page": number, "total_pages": -(-len(rows) // 20), "total_results": len(rows)}
        return {**told, "results": rows[20 * number - 20 : 20 * number]}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def films(tmp_path: Path) -> DuckDBClient:
    """The same file holds a film with a game's id, and one that failed."""
    db = DuckDBClient(tmp_path / "all.duckdb", clock=Standing(TODAY))
    failure = FetchFailure(7, "timed_out", "no answer")
    db.commit(Commit(details=[details(5, TODAY)], failures=[(failure, TODAY + 99 * A_DAY)]))
    return db


def collect(db: DuckDBClient, shelf: Shelf, do: Callable[[DataCollectionOrchestrator], Any], folder: Path) -> RunReport:
    async def to_the_end() -> RunReport:
        clock = Standing(shelf.now)
        async with (
            TMDBClient(KEY, transport=shelf, clock=clock, requests_per_second=1e6) as client,
            ExportClient(folder, transport=shelf, clock=clock) as exports,
        ):
            collection = DataCollectionOrchestrator(db, client, exports=exports, clock=clock, store_executor=Inline())
            shelf.on_game = lambda: collection.stop() if shelf.asked.total() == 40 else None
            report: RunReport = await do(collection)
            return report

    return run(to_the_end())


def all_of_it(ids_from: str = "discover") -> Callable[[DataCollectionOrchestrator], Any]:
    return lambda collection: collection.run_full_collection(
        2000,
        2030,
        min_vote_count=0,
        append=["mechanics", "editions"],
        ids_from=ids_from,  # type: ignore[arg-type]
    )


def test_a_kind_that_is_described_is_collected_refreshed_and_shared(
    films: DuckDBClient, shelf: Shelf, tmp_path: Path
) -> None:
    games = films.of(GAME)
    stopped = collect(games, shelf, all_of_it(), tmp_path)
    assert 0 < stopped.details < GAMES
    carried_on = collect(games, shelf, all_of_it(), tmp_path)
    assert (carried_on.complete, stopped.details + carried_on.details) == (True, GAMES)
    # Only what was on its way when the run was stopped is asked for again.
    assert shelf.asked.total() <= GAMES + 25

    first = "tmdb_id, name, published, fewest_players, minutes, designers, ratings, raw->>'age'"
    rows = games.query(f"SELECT {first} FROM live_games ORDER BY tmdb_id").rows
    assert (len(rows), rows[0][:2], rows[0][3:]) == (GAMES, (1, "Game 1"), (2, None, ["R. K."], 10, "8"))
    assert games.query("SELECT DISTINCT mechanic FROM mechanics").rows == [("dice",)]
    assert games.query("SELECT DISTINCT country, title, released FROM editions").rows == [("DE", "Spiel", None)]

    # Two days later the feed names two of them; nothing else is asked for.
    shelf.now, shelf.changed, shelf.ratings = TODAY + 2 * A_DAY, [3, 5], 12
    shelf.asked.clear()
    refreshed = collect(games, shelf, lambda collection: collection.run_refresh(), tmp_path)
    assert (refreshed.refreshed, set(shelf.asked)) == (2, {3, 5})
    told = games.history(5).as_dicts()
    assert [(row["ratings"], row["observed_at"]) for row in told] == [
        (10, TODAY.replace(tzinfo=None)),
        (12, shelf.now.replace(tzinfo=None)),
    ]
    assert games.query("SELECT ratings FROM game_as_of('2026-06-01') WHERE tmdb_id = 5").rows == [(10,)]

    # The export names ten more.
    more = collect(games, shelf, all_of_it("export"), tmp_path)
    assert more.details == 10
    assert games.reconcile().only_in_export == 10

    overview = games.named("overview").as_dicts()[0]
    assert {name: overview[name] for name in ("films", "with_details", "failed")} == {
        "films": GAMES + 10,
        "with_details": GAMES + 10,
        "failed": 0,
    }
    assert all(year["coverage"] == "proven" for year in games.named("films_by_year").as_dicts())
    parts = {row["part"]: (row["films"], row["unreadable"]) for row in games.named("parts_overview").as_dicts()}
    assert parts == {"mechanics": (GAMES + 10, GAMES + 10), "editions": (GAMES + 10, 0)}

    assert rebuild(games).written.rows["games"] == GAMES + 10


def test_a_kind_that_is_in_no_list_by_date_comes_by_its_export_and_is_kept_fresh(
    films: DuckDBClient, shelf: Shelf, tmp_path: Path
) -> None:
    games = films.of(replace(GAME, discover=None, day="", instead="`ayne games` brings them"))
    with pytest.raises(ValueError, match="no list of games by date: `ayne games` brings them"):
        collect(games, shelf, all_of_it(), tmp_path)
    collect(games, shelf, all_of_it("export"), tmp_path)
    assert collect(games, shelf, all_of_it("export"), tmp_path).complete
    assert games.query("SELECT count(*) FROM live_games").rows == [(GAMES + 10,)]

    # Copies of what lies on no day grow old slowly, and what nobody stored is not new because the feed names it.
    shelf.now, shelf.changed = TODAY + 2 * A_DAY, [3, 5, 900]
    shelf.asked.clear()
    synced = collect(games, shelf, lambda collection: collection.run_sync(1870, 2100, min_vote_count=0), tmp_path)
    assert (synced.complete, synced.refreshed_by_reason["changed"], synced.outside) == (True, 2, 0)
    assert {3, 5} <= set(shelf.asked) <= set(range(1, GAMES + 11))
    policy = RefreshPolicy()
    for days, due in ((80, 0), (95, GAMES + 10)):
        now = shelf.now + days * A_DAY
        copies = list(games.stored_copies(policy.may_be_due(now), now))
        assert len(most_urgent(copies, now, policy, None)) == due


def test_all_kinds_of_a_file_are_exported_and_none_touches_the_others(
    films: DuckDBClient, shelf: Shelf, tmp_path: Path
) -> None:
    games = films.of(GAME)
    before = {table: films.query(f"FROM {table}").rows for table in ("movies", "movie_history")}
    collect(games, shelf, all_of_it(), tmp_path)
    collect(games, shelf, all_of_it(), tmp_path)
    out = tmp_path / "out"
    exported = {table: rows for table, rows, _ in games.export(out, "jsonl")}
    assert exported == {
        "games": GAMES,
        "game_history": GAMES,
        "movies": 1,
        "movie_history": 1,
        "parts": 2 * GAMES,
        "editions": GAMES,
        "mechanics": GAMES,
    }
    schema = json.loads((out / "schema.json").read_text())
    told = {column["name"]: column["comment"] for column in schema["games"]["columns"]}
    assert told["minutes"] == "How long a game takes"
    by_year = {
        path.parent.name for path in games.export(tmp_path / "years", "parquet", by_year=True)[0][2].rglob("*.parquet")
    }
    assert len(by_year) == 30

    assert games.purge(shelf.now + A_DAY).details == GAMES
    assert games.query("SELECT count(*) FROM live_games").rows == [(0,)]
    assert {table: films.query(f"FROM {table}").rows for table in before} == before
    assert films.query("SELECT kind, tmdb_id FROM failures").rows == [("movie", 7)]


def film_and(kind: Kind, at: datetime = TODAY) -> Any:
    """A record of any kind with a film's id and nothing else in it."""
    return {"parts": {}, "raw": {}, "tmdb_id": 5, "observed_at": at.isoformat()} | dict.fromkeys(kind.details)


def test_a_film_with_the_id_of_a_game_that_is_gone_stays(films: DuckDBClient) -> None:
    games = films.of(GAME)
    gone = FetchFailure(5, "not_found", "404", gone=True, status=404, observed_at=TODAY + A_DAY)
    games.commit(Commit(details=[film_and(GAME)]))
    games.commit(Commit(failures=[(gone, TODAY)]))
    assert games.query("SELECT gone_at IS NOT NULL FROM games").rows == [(True,)]
    assert films.query("SELECT tmdb_id, gone_at FROM movies").rows == [(5, None)]


def test_a_clock_that_was_ahead_is_set_back_for_all_kinds_of_a_file(films: DuckDBClient) -> None:
    films.of(GAME).commit(Commit(details=[film_and(GAME, TODAY + 9 * A_DAY)]))
    assert films.newest_moment() == TODAY + 9 * A_DAY
    films.set_back(TODAY)
    assert films.newest_moment() == TODAY
    assert films.query("SELECT kind, tmdb_id FROM changed").rows == [("board_game", 5)]


def test_what_a_kind_lacks_is_unknown_and_in_nobodys_way(films: DuckDBClient, tmp_path: Path) -> None:
    words = films.of(WORD)
    words.commit(Commit(details=[film_and(WORD)], failures=[(FetchFailure(6, "timed_out", "no answer"), TODAY)]))
    for name in ("overview", "films_by_year", "sweeps_overview", "ratings_overview", "unread_keys", "voucher"):
        assert words.named(name).columns
    words.store_export(Export("word_ids", TODAY.date(), tmp_path, 1), [ExportedMovie(5), ExportedMovie(6)])
    assert words.ids_from_exports(TODAY + A_DAY) == [6]
    assert words.reconcile().only_in_export_undated == 1
    assert [len(found.rows) for found in (words.only_in_export(), words.only_listed())] == [2, 0]
    policy = RefreshPolicy()
    for days, due in ((99, []), (151, [5])):
        now = TODAY + days * A_DAY
        assert [copy.tmdb_id for copy in words.stored_copies(policy.may_be_due(now), now)] == due
    assert words.unrated(9, TODAY) == []
    assert words.expiring(TODAY + A_DAY, TODAY + A_DAY)["overdue"] == 1
    assert words.export(tmp_path / "out", "parquet", by_year=True)[0][2].name == "words.parquet"
