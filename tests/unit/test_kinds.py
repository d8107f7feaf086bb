"""The descriptions of kinds, and what is made of them."""

from __future__ import annotations

from typing import get_type_hints

import duckdb
import pytest

from ayne.data_collection.tmdb.models import MovieDetails, MovieSummary
from ayne.data_collection.tmdb.person_models import PersonDetails, PersonSummary
from ayne.data_collection.tmdb.series_models import EpisodeDetails, SeasonDetails, SeriesDetails, SeriesSummary
from ayne.database import migrations, schema
from ayne.database.statements import statements
from ayne.kinds import KINDS, MOVIE, PERSON, SERIES, Kind
from ayne.kinds.column import Column
from ayne.kinds.readers import INTEGER, TEXT

FAMILIES = [member for kind in KINDS.values() for member in kind.family]

GAME = Kind(
    "board_game",
    "game",
    "games",
    table="games",
    live="live_games",
    history="game_history",
    as_of="game_as_of",
    comment="One row a game",
    columns=(Column("tmdb_id", INTEGER, "The game", key="id"), Column("name", TEXT, "Its name", in_summary=True)),
    tracked=("name",),
)


_OF_DETAILS = {"observed_at", "parts", "body", "etag"}


@pytest.mark.parametrize(
    ("kind", "record", "beside"),
    [
        (MOVIE, MovieDetails, _OF_DETAILS),
        # IMDb's id only stands there when it was asked for by that.
        (SERIES, SeriesDetails, _OF_DETAILS | {"seasons", "imdb_id"}),
        (SERIES.family[1], SeasonDetails, {"episodes"}),
        (SERIES.family[2], EpisodeDetails, set()),
        (PERSON, PersonDetails, _OF_DETAILS),
    ],
)
def test_the_record_of_details_has_a_field_for_each_column(kind: Kind, record: type, beside: set[str]) -> None:
    assert set(get_type_hints(record)) == {column.key for column in kind.columns[1:]} | {"tmdb_id", "raw"} | beside


@pytest.mark.parametrize(("kind", "record"), [(MOVIE, MovieSummary), (SERIES, SeriesSummary), (PERSON, PersonSummary)])
def test_the_record_of_a_list_row_has_a_field_for_each_column_in_it(kind: Kind, record: type) -> None:
    fields = {column.name for column in kind.columns if column.in_summary}
    assert set(get_type_hints(record)) == fields | {"tmdb_id", "observed_at", "raw"}


@pytest.mark.parametrize("kind", FAMILIES, ids=lambda kind: kind.name)
def test_every_table_and_column_says_what_it_holds(kind: Kind) -> None:
    with duckdb.connect(":memory:") as con:
        migrations.migrate(con, [kind])
        silent = con.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND coalesce(comment, '') = '' "
            "UNION ALL SELECT table_name, '' FROM duckdb_tables() WHERE coalesce(comment, '') = ''"
        ).fetchall()
        assert silent == []


@pytest.mark.parametrize("kind", FAMILIES, ids=lambda kind: kind.name)
def test_tracked_columns_and_keys_of_parts_are_columns(kind: Kind) -> None:
    names = [column.name for column in kind.columns]
    assert set(kind.tracked) <= set(names)
    assert len(set(names)) == len(names)
    for part in kind.parts.values():
        assert set(part.key) | set(part.order) <= {column.name for column in (*part.above, *part.columns)}


def test_two_kinds_share_no_table() -> None:
    tables = [table.name for kind in (*KINDS.values(), GAME) for table in schema.tables(kind)]
    assert len(set(tables)) == len(tables)


def test_a_file_gets_the_tables_of_a_kind_that_it_did_not_know() -> None:
    with duckdb.connect(":memory:") as con:
        assert migrations.migrate(con)
        con.execute("INSERT INTO movies (tmdb_id, first_seen_at) VALUES (550, now()::TIMESTAMP)")
        assert migrations.migrate(con, [*KINDS.values(), GAME])
        assert migrations.is_current(con)
        assert con.execute("SELECT count(*) FROM games").fetchall() == [(0,)]
        assert con.execute("SELECT tmdb_id FROM movies").fetchall() == [(550,)]


def test_a_table_gets_a_column_that_was_declared_since_and_its_rows_come_whole_once_more() -> None:
    older = Kind(
        GAME.name,
        GAME.noun,
        GAME.plural,
        table=GAME.table,
        live=GAME.live,
        history=GAME.history,
        as_of=GAME.as_of,
        comment=GAME.comment,
        columns=GAME.columns[:1],
    )
    with duckdb.connect(":memory:") as con:
        migrations.migrate(con, [older])
        con.execute(
            "INSERT INTO games (tmdb_id, first_seen_at, details_at) VALUES (13, now()::TIMESTAMP, '2026-01-01')"
        )
        con.execute("INSERT INTO etags VALUES (13, [], 'W/\"a\"', 'board_game'), (550, [], 'W/\"b\"', 'movie')")
        assert migrations.migrate(con, [GAME])
        assert con.execute("SELECT tmdb_id, name FROM live_games").fetchall() == [(13, None)]
        assert con.execute("SELECT name FROM game_history").fetchall() == []
        assert con.execute("SELECT tmdb_id FROM etags").fetchall() == [(550,)]
        assert not migrations.migrate(con, [GAME])


@pytest.mark.parametrize("kind", [*FAMILIES, GAME], ids=lambda kind: kind.name)
def test_every_statement_is_one_that_the_database_understands_for_any_kind(kind: Kind) -> None:
    with duckdb.connect(":memory:") as con:
        migrations.migrate(con, [*KINDS.values(), kind])
        for name, sql in statements(kind).items():
            assert "{" not in sql.replace("{7,10}", ""), name
            assert con.extract_statements(sql), name


def test_films_have_the_tables_they_had_whatever_they_share_with_series() -> None:
    assert [part.table for part in SERIES.parts.values() if part.table in MOVIE.tables] == []
    assert [column.name for column in MOVIE.parts["credits"].columns][-6:-4] == ["cast_id", "gender"]
