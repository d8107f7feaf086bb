"""Parts and kept answers in the file: replaced together with their film, asked for only where they lack, made again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from ayne.data_collection.answers import KeptAnswer
from ayne.data_collection.commit import Commit
from ayne.data_collection.orchestrator import DataCollectionOrchestrator
from ayne.data_collection.rebuild import RebuildReport, rebuild
from ayne.data_collection.run_report import Rebuilt
from ayne.data_collection.tmdb.models import TYPED_PARTS, MovieDetails
from ayne.data_collection.tmdb.records import read_again
from ayne.database import migrations
from ayne.database.duckdb_client import DuckDBClient
from ayne.database.statements import statements
from ayne.errors import StoreBusy, StoreError
from ayne.kinds import MOVIE
from ayne.sandbox.catalogue import Catalogue
from tests.in_process import make_app, make_client
from tests.schemas import bring_to
from tests.store.test_store import details, page, summary
from tests.virtual_time import Inline, run

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

TABLES = sorted({"movies", "parts", "raw", *(layout.table for layout in MOVIE.parts.values())})


@pytest.fixture
def db(empty_file: Path) -> DuckDBClient:
    return DuckDBClient(empty_file)


def film(tmdb_id: int, at: datetime = NOW, **keys: Any) -> MovieDetails:
    """A film as TMDB might send it, with its answer."""
    body = json.dumps({"id": tmdb_id, "title": f"Film {tmdb_id}", **keys}).encode()
    return cast("MovieDetails", {**read_again(body, at), "body": body})


def keywords(*names: str) -> dict[str, Any]:
    return {"keywords": [{"id": number, "name": name} for number, name in enumerate(names, 1)]}


def dump(db: DuckDBClient) -> Mapping[str, list[str]]:
    """Every row of every table a rebuild writes."""
    return {table: sorted(map(repr, db.query(f"FROM {table}").rows)) for table in TABLES}


def damage(db: DuckDBClient, *statements: str) -> None:
    with duckdb.connect(db.path) as con:
        for statement in statements:
            con.execute(statement)


# --- parts ------------------------------------------------------------------------------------------------------------


def test_every_table_of_a_part_takes_rows_in_the_order_of_its_layout(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    for part, layout in MOVIE.parts.items():
        columns = db.query(f"DESCRIBE {layout.table}").rows
        with duckdb.connect(db.path) as con:
            comments = con.execute(
                "SELECT comment FROM duckdb_columns() WHERE table_name = ?", [layout.table]
            ).fetchall()
        assert columns[0][0] == "tmdb_id", part
        assert all(comment for (comment,) in comments), part


def test_a_part_that_comes_again_replaces_all_its_rows(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1, keywords=keywords("a", "b", "c")), film(2, keywords=keywords("z"))]))
    db.commit(Commit(details=[film(1, NOW + DAY, keywords=keywords("b"))]))
    assert db.query("SELECT tmdb_id, keyword FROM keywords ORDER BY 1").rows == [(1, "b"), (2, "z")]
    db.commit(Commit(details=[film(1, NOW + DAY, keywords=keywords())]))
    assert db.query("SELECT tmdb_id, keyword FROM keywords").rows == [(2, "z")]
    assert db.query("SELECT tmdb_id, rows FROM parts ORDER BY 1").rows == [(1, 0), (2, 1)]


def test_a_part_that_was_not_asked_for_again_stays(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1, keywords=keywords("a"))]))
    db.commit(Commit(details=[film(1, NOW + DAY)]))
    assert db.query("SELECT keyword FROM keywords").rows == [("a",)]
    assert db.query("SELECT details_at > fetched_at FROM movies JOIN parts USING (tmdb_id)").rows == [(True,)]


def test_a_part_that_tmdb_left_out_is_known_to_be_missing(db: DuckDBClient) -> None:
    db.commit(Commit(1, [page(summary(1), summary(2))]))
    db.commit(Commit(details=[details(1, parts={"credits": None}), details(2)]))
    assert db.query("SELECT rows, body FROM parts").rows == [(None, None)]
    assert db.ids_without_parts(1, ["credits"], NOW) == [2]


def test_what_could_not_be_read_of_a_part_is_written_down(db: DuckDBClient) -> None:
    body = {"keywords": [{"id": 1, "name": "a", "mood": "sad"}, {"name": "no id"}, "no row"]}
    db.commit(Commit(details=[details(1, parts={"keywords": body, "credits": "garbage"})]))
    assert db.query("SELECT part, rows, unreadable, leftovers FROM parts ORDER BY part").rows == [
        ("credits", 0, 1, None),
        ("keywords", 1, 2, '{"mood":1}'),
    ]
    assert db.named("unread_keys").as_dicts() == [{"key": "keywords.mood", "films": 1}]


def test_a_part_without_a_table_is_kept_as_json(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1, parts={"lists": {"results": [{"id": 5}]}})]))
    assert db.query("SELECT rows, body->>'$.results[0].id' FROM parts").rows == [(None, "5")]


def test_whatever_the_reader_lets_through_the_file_takes(db: DuckDBClient) -> None:
    moments = ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999Z", "0001-01-01", "1969-12-31 23:59:59 UTC")
    cast_ = [
        {"id": 2**63 - 1, "name": "\x00", "gender": 2**31 - 1, "popularity": 1.7e308, "credit_id": "é" * 3000},
        {"id": -(2**63) + 1, "order": -(2**31) + 1, "popularity": "-0.0", "character": "\u200b\r\n"},
    ]
    countries = [{"iso_3166_1": "ZZ", "release_dates": [{"release_date": text, "type": 3} for text in moments]}]
    others = [{"id": 1, "release_date": "0001-01-01"}, {"id": 2, "release_date": "9999-12-31"}]
    parts = {
        "credits": {"cast": cast_},
        "release_dates": {"results": countries},
        "similar": {"results": others, "total_results": 2**63 - 1},
        "watch/providers": {"results": {"\x00": {"\n": [{"provider_id": 0, "display_priority": 10**30}]}}},
    }
    db.commit(Commit(details=[details(1, parts=parts)]))
    assert db.query("SELECT part, rows, unreadable FROM parts ORDER BY part").rows == [
        ("credits", 2, 0),
        # Two of the four are the same moment.
        ("release_dates", 3, 0),
        ("similar", 2, 0),
        ("watch/providers", 1, 0),
    ]
    assert db.query("SELECT min(released_at), max(released_at) FROM release_dates").rows == [
        (datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999))  # noqa: DTZ001 - as the file keeps it
    ]


def test_no_two_statements_have_the_same_name() -> None:
    folder = Path(migrations.__file__).parent / "sql"
    written = [line for file in folder.glob("*.sql") for line in file.read_text(encoding="utf-8").splitlines()]
    names = [line for line in written if line.startswith("-- name: ")]
    assert len(set(names)) == len(names)
    assert {name.removeprefix("-- name: ") for name in names} <= statements().keys()


def test_a_batch_that_fails_leaves_the_old_parts(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1, keywords=keywords("old"))]))
    before = dump(db)
    with pytest.raises((duckdb.Error, StoreError)):
        # The failure comes last, after the parts were written.
        db.commit(
            Commit(
                details=[film(1, NOW + DAY, keywords=keywords("new"))],
                failures=[(cast("Any", _Failure()), NOW)],
            )
        )
    assert dump(db) == before


class _Failure:
    tmdb_id, gone, merged_into, reason, message, status, attempts = 7, False, None, "x", "x", "no number", 1


def test_every_part_of_the_sandbox_gets_rows_and_none_is_a_leftover(films: Catalogue, db: DuckDBClient) -> None:
    collect(films, db, append=TYPED_PARTS)
    overview = {row["part"]: row for row in db.named("parts_overview").as_dicts()}
    assert overview.keys() == set(TYPED_PARTS)
    for part, row in overview.items():
        assert row["rows"] == db.query(f"SELECT count(*) FROM {MOVIE.table_of(part)}").rows[0][0] > 0
        assert row["unreadable"] == 0
    assert db.named("unread_keys").rows == []
    doubled = "SELECT count(*) - count(DISTINCT (tmdb_id, credit_id)) FROM credits"
    assert db.query(doubled).rows == [(0,)]


def collect(films: Catalogue, db: DuckDBClient, **options: Any) -> None:
    async def go() -> None:
        async with make_client(make_app(films), requests_per_second=5000) as client:
            collection = DataCollectionOrchestrator(db, client, store_executor=Inline())
            await collection.run_full_collection(**{"discover_start_year": 2020, "min_vote_count": 0, **options})

    run(go())


def test_an_export_has_a_file_for_each_part_with_rows(db: DuckDBClient, tmp_path: Path) -> None:
    db.commit(Commit(details=[film(1, keywords=keywords("a", "b"), credits={"cast": []})]))
    written = {name: rows for name, rows, _ in db.export(tmp_path / "out", "parquet")}
    assert written == {"movies": 1, "movie_history": 1, "parts": 2, "keywords": 2}


# --- migration --------------------------------------------------------------------------------------------------------


def test_a_file_with_parts_as_json_has_them_fetched_again_but_keeps_those_without_a_table(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as con:
        bring_to(con, 1)
        con.execute("INSERT INTO movies (tmdb_id, title, first_seen_at) VALUES (5, 'A', TIMESTAMP '2026-01-01')")
        con.execute("""INSERT INTO parts VALUES (5, 'credits', '{"cast":[]}', TIMESTAMP '2026-01-01'),
                                               (5, 'lists', '{"results":[]}', TIMESTAMP '2026-01-01')""")
    db = DuckDBClient(path)
    # Reading is enough: what reads is written for the newest tables.
    assert db.named("parts_overview").as_dicts() == [{"part": "lists", "films": 1, "rows": None, "unreadable": 0}]
    assert db.query("SELECT part, body FROM parts").rows == [("lists", '{"results":[]}')]
    db.commit(Commit(details=[film(5, credits={"cast": [{"id": 1}]})]))
    assert db.query("SELECT tmdb_id, person_id FROM credits").rows == [(5, 1)]


def test_parts_from_when_they_had_an_index_stay_and_lose_it(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as con:
        bring_to(con, 7)
        con.execute("INSERT INTO parts (tmdb_id, part, rows, fetched_at) VALUES (5, 'keywords', 2, '2026-01-01')")
    db = DuckDBClient(path)
    assert db.parts_of([5]) == {5: ["keywords"]}
    assert db.query(
        "SELECT count(*) FROM duckdb_constraints() WHERE table_name = 'parts' AND constraint_type = 'PRIMARY KEY'"
    ).rows == [(0,)]
    db.commit(Commit(details=[film(5, keywords=keywords("a"))]))
    assert db.query("SELECT tmdb_id, part, rows FROM parts").rows == [(5, "keywords", 1)]


# --- kept answers -----------------------------------------------------------------------------------------------------


def kept(db: DuckDBClient) -> list[tuple[Any, ...]]:
    return db.query("SELECT tmdb_id, parts, body FROM raw ORDER BY 1, 2").rows


def test_an_answer_is_kept_as_it_came(db: DuckDBClient) -> None:
    new = film(1, overview="grüße\r\n", keywords=keywords("a"))
    db.commit(Commit(details=[new]))
    assert kept(db) == [(1, ["keywords"], new["body"].decode())]


def test_answers_are_compressed_in_the_file(db: DuckDBClient) -> None:
    texts = [f"A {word} who cannot sleep meets a maker of soap." * 40 for word in ("clerk", "nurse", "king")]
    films = [film(number, overview=texts[number % 3] + str(number)) for number in range(1, 500)]
    db.commit(Commit(details=films))
    with duckdb.connect(db.path) as con:
        segments = con.execute("FROM pragma_storage_info('raw')")
        columns = [column[0] for column in segments.description or []]
        found = [dict(zip(columns, row, strict=True)) for row in segments.fetchall()]
    bodies = [part for part in found if part["column_name"] == "body" and part["segment_type"] == "VARCHAR"]
    assert {part["compression"] for part in bodies} == {"ZSTD"}


def test_an_answer_gives_way_to_one_with_at_least_its_parts(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1, keywords=keywords("a"))]))
    newer = film(1, NOW + DAY)
    db.commit(Commit(details=[newer]))
    assert [row[1] for row in kept(db)] == [[], ["keywords"]]
    newest = film(1, NOW + 2 * DAY, keywords=keywords("b"), credits={"cast": []})
    db.commit(Commit(details=[newest]))
    assert [row[1:] for row in kept(db)] == [(["credits", "keywords"], newest["body"].decode())]


def test_an_answer_does_not_outlive_newer_details_that_were_not_kept(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1)]))
    db.commit(Commit(details=[details(1, NOW + DAY)]))
    assert kept(db) == []


@pytest.mark.parametrize("keep", [True, False])
def test_a_collection_keeps_answers_unless_it_is_told_not_to(films: Catalogue, db: DuckDBClient, keep: bool) -> None:
    collect(films, db, keep_raw=keep, append=["credits"])
    with_details = db.query("SELECT count(details_at) FROM movies").rows[0][0]
    assert len(kept(db)) == (with_details if keep else 0)
    assert with_details > 0
    for tmdb_id, _, body in kept(db)[:5]:
        assert json.loads(body)["id"] == tmdb_id


# --- rebuild ----------------------------------------------------------------------------------------------------------


def test_a_rebuild_changes_nothing_when_nothing_is_wrong(films: Catalogue, db: DuckDBClient) -> None:
    collect(films, db, append=TYPED_PARTS)
    before = dump(db)
    report = rebuild(db, films_at_once=7)
    assert dump(db) == before
    assert report.films == report.written.rows["movies"] == len(before["raw"])
    assert report.written.rows["credits"] == len(before["credits"])
    assert (report.unusable, report.written.outdated, report.written.leftovers) == ([], 0, {})


def test_a_rebuild_mends_what_was_damaged(films: Catalogue, db: DuckDBClient) -> None:
    collect(films, db, append=TYPED_PARTS)
    before = dump(db)
    damage(
        db,
        "UPDATE movies SET runtime = 1, budget = NULL, genres = [], raw = '{}' WHERE details_at IS NOT NULL",
        "DELETE FROM credits WHERE kind = 'crew'",
        "INSERT INTO credits SELECT * FROM credits",
        "UPDATE translations SET language = 'xx'",
        "DELETE FROM keywords",
        "DELETE FROM parts WHERE part IN ('images', 'keywords')",
        "UPDATE parts SET rows = 0",
    )
    assert dump(db) != before
    rebuild(db, films_at_once=50)
    assert dump(db) == before


def test_a_rebuild_leaves_alone_what_came_after_the_answers(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(n, vote_count=10, runtime=90, keywords=keywords("a")) for n in range(1, 5)]))
    # A newer list row; newer details and a newer part that were not kept; a film that is gone.
    db.commit(Commit(1, [page(summary(1, NOW + 2 * DAY, vote_count=11))]))
    db.commit(Commit(details=[details(2, NOW + DAY, runtime=95)]))
    db.commit(Commit(details=[details(3, NOW + DAY, runtime=96, parts={"keywords": keywords("newer")})]))
    damage(
        db,
        "UPDATE movies SET gone_at = TIMESTAMP '2026-06-01', merged_into = 9 WHERE tmdb_id = 4",
        "UPDATE movies SET first_seen_at = TIMESTAMP '2001-01-01'",
    )
    before = dump(db)
    # Film 3 has no answer any more; 2 has one with the part it still holds.
    report = rebuild(db)
    assert dump(db) == before
    assert (report.films, report.written.outdated, report.written.rows["movies"]) == (3, 1, 2)
    assert db.query("SELECT vote_count FROM movies ORDER BY tmdb_id LIMIT 1").rows == [(11,)]


def test_a_rebuild_brings_back_a_film_and_a_part_that_were_deleted(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1, keywords=keywords("a")), film(2)]))
    damage(db, "DELETE FROM movies WHERE tmdb_id = 1", "DELETE FROM keywords", "DELETE FROM parts")
    rebuild(db)
    assert db.query("SELECT tmdb_id, title FROM movies ORDER BY 1").rows == [(1, "Film 1"), (2, "Film 2")]
    assert db.query("SELECT keyword FROM keywords").rows == [("a",)]


def test_of_several_answers_each_part_comes_out_of_the_newest_that_has_it(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1, runtime=80, keywords=keywords("a"))]))
    db.commit(Commit(details=[film(1, NOW + DAY, runtime=90, credits={"cast": [{"id": 3}]})]))
    before = dump(db)
    assert len(before["raw"]) == 2
    damage(db, "UPDATE movies SET runtime = 1", "DELETE FROM keywords", "UPDATE credits SET person_id = 4")
    rebuild(db)
    assert dump(db) == before


def test_a_part_that_was_known_to_be_missing_still_is(db: DuckDBClient) -> None:
    lacking = film(1)
    lacking["parts"] = {"credits": None}
    db.commit(Commit(details=[lacking]))
    before = dump(db)
    rebuild(db)
    assert dump(db) == before
    damage(db, "DELETE FROM parts")
    rebuild(db)
    assert dump(db) == before


class _Killed(BaseException):
    pass


class _Mortal:
    """A store whose process ends after so many commits."""

    def __init__(self, db: DuckDBClient, commits: int) -> None:
        self._db = db
        self._left = commits
        self.kind = db.kind
        self.collecting = db.collecting
        self.count_kept_answers = db.count_kept_answers

    def kept_answers(self, after: int, films: int) -> list[KeptAnswer]:
        return self._db.kept_answers(after, films)

    def commit_rebuilt(self, films: Any) -> Rebuilt:
        if not self._left:
            raise _Killed
        self._left -= 1
        return self._db.commit_rebuilt(films)


def test_a_rebuild_that_was_broken_off_leaves_films_old_or_new_and_the_next_one_finishes(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(n, runtime=n, keywords=keywords("a", "b")) for n in range(1, 31)]))
    before = dump(db)
    damage(db, "UPDATE movies SET runtime = 99", "DELETE FROM keywords WHERE keyword = 'a'")
    with suppress(_Killed):
        rebuild(_Mortal(db, 2), films_at_once=5)
    state = "SELECT runtime <> 99, count(*) FROM movies JOIN keywords USING (tmdb_id) GROUP BY tmdb_id, runtime"
    # New ones have both keywords, old ones one; nothing is in between.
    assert sorted(db.query(state).rows) == [(False, 1)] * 20 + [(True, 2)] * 10
    rebuild(db, films_at_once=5)
    assert dump(db) == before


@pytest.mark.parametrize("body", ['{"id":', '{"id":2,"runtime":5}', "", "[]"])
def test_an_answer_that_cannot_be_its_film_leaves_the_film_as_it_is(db: DuckDBClient, body: str) -> None:
    db.commit(Commit(details=[film(1, runtime=90), film(2, runtime=91)]))
    damage(db, f"UPDATE raw SET body = '{body}' WHERE tmdb_id = 1", "UPDATE movies SET runtime = 1")
    report: RebuildReport = rebuild(db)
    assert report.unusable == [1]
    assert db.query("SELECT runtime FROM movies ORDER BY tmdb_id").rows == [(1,), (91,)]


def test_without_answers_a_rebuild_says_so(db: DuckDBClient) -> None:
    db.commit(Commit(details=[details(1)]))
    with pytest.raises(StoreError, match="no answers"):
        rebuild(db)


def test_nobody_rebuilds_while_somebody_collects(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(1)]))
    with db.collecting(), pytest.raises(StoreBusy, match="collecting"):
        rebuild(DuckDBClient(db.path))


def test_progress_ends_with_everything_done(db: DuckDBClient) -> None:
    db.commit(Commit(details=[film(n) for n in range(1, 8)]))
    said: list[tuple[int, int]] = []
    rebuild(db, lambda done, total: said.append((done, total)), films_at_once=3)
    assert said == [(3, 7), (6, 7), (7, 7)]
