"""Files of every older schema, with rows in them, brought up to date: cut off at every statement, and killed.

A step is done or not done. Whatever was in a table that the newest schema still has is there afterwards, but for what
a step says it takes away.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne.database import migrations
from ayne.database.duckdb_client import DuckDBClient
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.reliability.children import MOST_SECONDS, child
from tests.reliability.failing_connection import Countdown, Crash, watched
from tests.schemas import bring_to, old_steps

Table = list[dict[str, Any]]

_ROWS = 5
_NEW_YEAR = datetime(2026, 1, 1)  # noqa: DTZ001 - DuckDB keeps moments without a zone
# Schemas that were made step by step; a newer one is declared, and its file is brought to it from these.
_SCHEMAS = max(old_steps())
# What a file says of its own schema.
_ABOUT = {"schema_steps", "schema_declared"}
# Of so many trials one is a real process that is really killed.
_ONE_REAL_OF = 4
_REAL_KILLS = 100


def _schema(con: duckdb.DuckDBPyConnection) -> list[Any]:
    """Everything there is but rows: tables, columns with all that is said of them, keys, views, macros, sequences."""
    queries = (
        (
            "SELECT table_name, column_name, column_index, data_type, is_nullable, column_default, comment "
            "FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        ),
        "SELECT table_name, comment FROM duckdb_tables() ORDER BY ALL",
        "SELECT table_name, constraint_type, constraint_text FROM duckdb_constraints() ORDER BY ALL",
        "SELECT view_name, sql, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
        "SELECT function_name, macro_definition, comment FROM duckdb_functions() WHERE NOT internal ORDER BY ALL",
        "SELECT sequence_name, start_value FROM duckdb_sequences() ORDER BY ALL",
        "SELECT max(step) FROM schema_steps" if _tables(con) else "SELECT 0",
    )
    return [con.execute(query).fetchall() for query in queries]


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]


def _rows(con: duckdb.DuckDBPyConnection) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for table in _tables(con):
        if table not in _ABOUT:
            cursor = con.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description or []]
            found[table] = sorted((dict(zip(names, row, strict=True)) for row in cursor.fetchall()), key=repr)
    return found


def _state(file: Path) -> tuple[list[Any], dict[str, Table]]:
    with duckdb.connect(str(file), read_only=True) as con:
        return _schema(con), _rows(con)


def _do_step(con: duckdb.DuckDBPyConnection, number: int) -> None:
    con.execute(migrations.steps()[number])
    con.execute("INSERT INTO schema_steps VALUES (?, TIMESTAMP '2026-01-01')", [number])


@cache
def _old_file(step: int) -> bytes:
    """A file of an older ayne: the first steps done, and rows in each of its tables."""
    with TemporaryDirectory(prefix="ayne-migrations-") as folder:
        file = Path(folder) / "old.duckdb"
        with duckdb.connect(str(file)) as con:
            bring_to(con, step)
            _fill(con, random.Random(step))  # noqa: S311 - a seed is the point
        return file.read_bytes()


def _fill(con: duckdb.DuckDBPyConnection, dice: random.Random) -> None:
    for table in _tables(con):
        if table in _ABOUT:
            continue
        columns = con.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table]
        ).fetchall()
        for number in range(1, _ROWS + 1):
            values = [
                special(number) if (special := _SPECIAL.get((table, name))) else _value(name, kind, number, dice)
                for name, kind in columns
            ]
            con.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)


def _value(name: str, kind: str, number: int, dice: random.Random) -> Any:
    if kind.endswith("[]"):
        return [_value(name, kind.removesuffix("[]"), number, dice) for _ in range(dice.randrange(3))]
    makers: dict[str, Callable[[], Any]] = {
        # Numbers stand for themselves, so that rows of different tables belong together and keys are distinct.
        "BIGINT": lambda: number,
        "INTEGER": lambda: number,
        "DOUBLE": dice.random,
        "BOOLEAN": lambda: dice.random() < 0.5,
        "DATE": lambda: date(2020, 1, 1) + timedelta(days=number),
        "TIMESTAMP": lambda: _NEW_YEAR + timedelta(hours=number, minutes=dice.randrange(60)),
        "JSON": lambda: f'{{"number":{number}}}',
        "VARCHAR": lambda: f"{name} {number}",
    }
    return makers[kind]()


# What has to be a word that the schema knows, or is not always there.
_SPECIAL: dict[tuple[str, str], Callable[[int], Any]] = {
    ("ranges", "state"): lambda number: ("open", "split", "complete", "capped", "overfull")[number - 1],
    ("parts", "part"): lambda number: ("changes", "credits", "keywords", "lists", "videos")[number - 1],
    ("movies", "gone_at"): lambda number: None if number % 2 else _NEW_YEAR + timedelta(days=number),
    ("movies", "merged_into"): lambda number: 1 if number == _ROWS else None,
}


def _expected(step: int, old: dict[str, Table]) -> dict[str, Table]:
    """The old rows as the steps after this one say they become."""
    rows = {table: [dict(row) for row in held] for table, held in old.items()}
    if step < 2:
        for row in rows["ranges"]:
            row["state"] = "best effort" if row["state"] == "complete" else row["state"]
    if step < 3:
        # The others have tables of their own now, and are fetched again into them.
        rows["parts"] = [row for row in rows["parts"] if row["part"] in {"changes", "lists"}]
    # What is no id of IMDb's is forgotten, and with it by what names answers are known: films come whole once more.
    rows["movies"] = [{**row, "imdb_id": None} for row in rows["movies"]]
    rows.pop("etags", None)
    return rows


def _check_survival(step: int, old: dict[str, Table], new: dict[str, Table]) -> None:
    for table, expected in _expected(step, old).items():
        columns = set(expected[0]) & set(new[table][0])
        kept = [{name: row[name] for name in sorted(columns)} for row in new[table]]
        wanted = [{name: row[name] for name in sorted(columns)} for row in expected]
        assert sorted(map(repr, kept)) == sorted(map(repr, wanted)), f"{table} of schema {step} did not survive"


@cache
def _reference(step: int) -> tuple[list[Any], list[tuple[list[Any], dict[str, Table]]]]:
    """The schema that a new file gets, and what an old one holds before the next step and after each."""
    with TemporaryDirectory(prefix="ayne-migrations-") as folder:
        fresh, file = Path(folder) / "fresh.duckdb", Path(folder) / "old.duckdb"
        with duckdb.connect(str(fresh)) as con:
            migrations.migrate(con)
        if step:
            file.write_bytes(_old_file(step))
        else:
            duckdb.connect(str(file)).close()
        states = [_state(file)]
        for number in [number for number in migrations.steps() if number > step > 0]:
            with duckdb.connect(str(file)) as con:
                _do_step(con, number)
            states.append(_state(file))
        with duckdb.connect(str(file)) as con:
            migrations.migrate(con)
        states.append(_state(file))
        schema = _state(fresh)[0]
    assert states[-1][0] == schema, "a file that was migrated step by step has another schema than a new one"
    if step:
        _check_survival(step, states[0][1], states[-1][1])
    return schema, states


@cache
def _points() -> list[tuple[int, int]]:
    """Every place where a migration can be cut off: the schema it begins with, and how many things were done."""
    points: list[tuple[int, int]] = []
    for step in range(_SCHEMAS + 1):
        with duckdb.connect(":memory:") as con:
            bring_to(con, step)
            countdown = Countdown(None, lambda: None)
            migrations.migrate(watched(con, countdown))
            points += [(step, passed) for passed in range(countdown.passed)]
    random.Random(1).shuffle(points)  # noqa: S311 - a seed is the point
    return points


def _trial(seed: int) -> Tally:
    tally = Tally()
    with TemporaryDirectory(prefix="ayne-migrations-") as folder:
        file = Path(folder) / "films.duckdb"
        if seed % _ONE_REAL_OF == 0 and seed // _ONE_REAL_OF < _REAL_KILLS:
            dice = random.Random(seed)  # noqa: S311 - a seed is the point
            step = dice.randint(1, _SCHEMAS)
            file.write_bytes(_old_file(step))
            tally.counts["kills"] += _kill_in_the_middle(file, dice)
        else:
            step, passed = _points()[(seed - min(_REAL_KILLS, seed // _ONE_REAL_OF + 1)) % len(_points())]
            _cut_off_at(file, step, passed)
            tally.counts["crashes"] += 1
        _, states = _reference(step)
        left = _state(file)
        assert left in states, f"cut off, a file of schema {step} is neither as before a step nor as after one"
        tally.counts["found between steps"] += left not in {0: states[0], 1: states[-1]}.values()
        # Whoever opens it next brings it up to date, and all is there.
        DuckDBClient(file).finish_run(10**9, "done", {}, datetime.now(UTC))
        schema, rows = _state(file)
        for found, expected in zip(schema, states[-1][0], strict=True):
            assert found == expected, f"the schema is another than that of a new file: {set(found) ^ set(expected)}"
        assert rows == states[-1][1], f"rows of schema {step} are others after an interruption"
    return tally


def _cut_off_at(file: Path, step: int, passed: int) -> None:
    def crash() -> None:
        raise Crash

    if step:
        file.write_bytes(_old_file(step))
    con = duckdb.connect(str(file))
    try:
        migrations.migrate(watched(con, Countdown(passed, crash)))
    except Crash:
        pass
    else:
        raise AssertionError("nothing was cut off")
    finally:
        _abandon(con, file)


def _abandon(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Leave files as the end of a process would: nothing is rolled back, and the log stays where it is."""
    copies = {path: path.with_name(f"{path.name}.left") for path in file.parent.glob(f"{file.name}*")}
    for path, copy in copies.items():
        shutil.copy(path, copy)
    con.close()
    for path in file.parent.glob(f"{file.name}*"):
        if path not in copies and path not in copies.values():
            path.unlink()
    for path, copy in copies.items():
        copy.replace(path)


def _bring_up_to_date(file: Path) -> None:
    """To be called in a child."""
    file.with_name("begun").touch()
    DuckDBClient(file).query("SELECT 1")


def _kill_in_the_middle(file: Path, dice: random.Random) -> bool:
    """Whether there was something to kill."""
    with child(_bring_up_to_date, file) as (process, _):
        give_up_at = time.monotonic() + MOST_SECONDS
        while not file.with_name("begun").exists():
            assert time.monotonic() < give_up_at, "the child does not begin"
            time.sleep(0.001)
        time.sleep(dice.random() * 0.4)
        process.kill()
        process.join(MOST_SECONDS)
        return process.exitcode != 0


def _trials() -> int:
    """One for each place, and the kills."""
    return len(_points()) + _REAL_KILLS


def _told(figures: Figures) -> str:
    return (
        f"files of {_SCHEMAS + 1} schemas with rows in each table, cut off at {figures['crashes']:,} places and killed "
        f"{figures['kills']:,} times on the way to the newest: {figures['found between steps']:,} found between two "
        "steps, the others before or after all; each carried on to the schema of a new file with the same rows"
    )


MIGRATIONS = Campaign(
    "migrations",
    "A file of an older ayne is brought up to date, whenever that is interrupted",
    _trial,
    quick=16,
    long=_trials,
    told=_told,
)
