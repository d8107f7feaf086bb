"""Files that were cut off, or in which a bit has turned: right rows or a clear error, never a wrong row.

The file of a trial has been committed to seven times, the last five only in its write-ahead log. It is looked at and
written to by the command and by the store, each time in a process of its own, since a broken file may break DuckDB.
"""

from __future__ import annotations

import atexit
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne.data_collection.commit import Commit
from ayne.database.duckdb_client import DuckDBClient
from ayne.database.file import DatabaseFile
from ayne.errors import StoreError
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.reliability.children import Said, command, in_child
from tests.reliability.dump import Dump, differences, dump_of
from tests.store.test_store import details, page, summary

_FILMS = 40
_CHECKPOINTED, _LOGGED = 2, 5
_ONE_MORE = 10**6
# Nothing of it is ever too old to be kept.
_AT = datetime(2100, 1, 1, tzinfo=UTC)
# What a command may say of a file that it cannot use ends with one of these: what to do.
_ADVICE = ("--db", "Wait for it", "and is it yours?", "is there room on the disk?", "upgrade ayne")

# Commands that look; the first asks some twenty questions, and opens the file for each.
_STATUS = ["status", "--json"]
_SQL = ["sql", "SELECT count(*) AS films, count(DISTINCT overview) AS texts FROM movies", "--format", "json"]
_SHARE_OF_STATUS = 1 / 8


@dataclass(frozen=True, slots=True)
class _Whole:
    """A file and its log before anything happens to them, and what the file held after each commit of the log."""

    file: bytes
    log: bytes
    states: list[Dump]


@cache
def _whole() -> _Whole:
    folder = TemporaryDirectory(prefix="ayne-torn-")
    atexit.register(folder.cleanup)
    file = Path(folder.name) / "films.duckdb"
    store = DuckDBClient(file)
    for number in range(_CHECKPOINTED):
        store.commit(_batch(number))
    # As long as somebody else in this process has the file open, DuckDB leaves what is committed in the log.
    with duckdb.connect(str(file)) as holder:
        states = [dump_of(holder)]
        for number in range(_CHECKPOINTED, _CHECKPOINTED + _LOGGED):
            store.commit(_batch(number))
            states.append(dump_of(holder))
        return _Whole(file.read_bytes(), _log_of(file).read_bytes(), states)


def _batch(number: int) -> Commit:
    """Films, half of them known from the batch before."""
    ids = range(number * _FILMS // 2, number * _FILMS // 2 + _FILMS)
    if number % 2 == 0:
        return Commit(1, [page(*(summary(i, _AT, overview=f"List {number}. " * 9) for i in ids))])
    parts: dict[str, Any] = {"keywords": {"keywords": [{"id": i, "name": f"word {i}"} for i in range(9)]}}
    films = [details(i, _AT, overview=f"Film {i} of {number}. " * 9, vote_count=number, parts=parts) for i in ids]
    return Commit(details=films)


def _log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")


def _turned(data: bytes, dice: random.Random) -> bytes:
    """With one bit turned."""
    turned = bytearray(data)
    turned[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(turned)


_DAMAGES: dict[str, Callable[[_Whole, random.Random], tuple[bytes, bytes]]] = {
    "log cut": lambda whole, dice: (whole.file, whole.log[: dice.randrange(len(whole.log))]),
    "bit of the log": lambda whole, dice: (whole.file, _turned(whole.log, dice)),
    "log cut again": lambda whole, dice: (whole.file, whole.log[: dice.randrange(len(whole.log))]),
    "bit of the file": lambda whole, dice: (_turned(whole.file, dice), whole.log),
}


def _trial(seed: int) -> Tally:
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    whole = _whole()
    kind = list(_DAMAGES)[seed % len(_DAMAGES)]
    file_bytes, log_bytes = _DAMAGES[kind](whole, dice)
    tally = Tally()
    with TemporaryDirectory(prefix="ayne-torn-") as folder:
        file = Path(folder) / "films.duckdb"
        file.write_bytes(file_bytes)
        _log_of(file).write_bytes(log_bytes)
        found = _judge(file, whole, kind, _STATUS if dice.random() < _SHARE_OF_STATUS else _SQL)
        assert file.read_bytes() == file_bytes, "looking at a file changed it"
        assert _log_of(file).read_bytes() == log_bytes, "looking at a file changed its log"
        _write(file, found)
    outcome = "refused" if found is None else "right rows"
    tally.counts.update({"cuts" if "cut" in kind else "flips": 1, f"{kind.removesuffix(' again')}: {outcome}": 1})
    return tally


def _judge(file: Path, whole: _Whole, kind: str, looking: list[str]) -> Dump | None:
    """What a reader gets of the file: a state it was in, or None for an error; fails on anything else."""
    said: Said = in_child(command, [*looking, "--db", str(file)], {})
    _check_words(said, file)
    found = in_child(_read, file)
    if isinstance(found, StoreError):
        assert any(advice in str(found) for advice in _ADVICE), f"the error does not say what to do: {found}"
        assert "cut" not in kind, f"a log that was cut is the normal end of a crash, and was refused: {found}"
        return None
    if isinstance(found, BaseException):
        raise found
    assert found in whole.states, f"rows that never were: {differences(found, whole.states[-1])}"
    assert said.code == 0, f"the rows are right, and the command failed: {said.err}"
    rows = len(found["movies"])
    assert f'"films":{rows},' in "".join(said.out.split()), f"there are {rows} films, and the command says {said.out}"
    return dict(found)


def _check_words(said: Said, file: Path) -> None:
    assert "Traceback" not in said.err, said.err
    if said.code:
        assert said.code in {1, 2}, said
        assert said.err.startswith(f"ayne: {file}"), said.err
        assert any(advice in said.err for advice in _ADVICE), f"the error does not say what to do: {said.err}"


def _write(file: Path, before: Dump | None) -> None:
    """Write to the file: what could be read before can be read after it, whether that went well or not."""
    _check_words(in_child(command, ["purge", "--db", str(file)], {}), file)
    done = in_child(_commit_more, file)
    assert file.exists(), "the file is gone"
    if isinstance(done, BaseException):
        assert isinstance(done, StoreError), done
        assert any(advice in str(done) for advice in _ADVICE), f"the error does not say what to do: {done}"
    after = in_child(_read, file)
    if before is None:
        # What was written need not have come near the broken place; that stays where it is, and stays known.
        assert isinstance(after, StoreError), f"a file that could not be read can be, with {done!r}"
        return
    assert not isinstance(after, BaseException), f"a file that could be read cannot be any more: {after}"
    if done is None:
        added = [row for row in after["movies"] if row[0] == _ONE_MORE]
        assert len(added) == 1, f"a commit that went well left {added}"
        tables = {"movies": added, "movie_history": [row for row in after["movie_history"] if row[0] == _ONE_MORE]}
        after = {**after, **{name: [row for row in after[name] if row not in rows] for name, rows in tables.items()}}
    assert after == before, f"a write that ended with {done!r} changed: {differences(before, after)}"


def _read(file: Path) -> Dump:
    """All that the file holds, by the way that ayne goes; to be called in a child."""
    with DatabaseFile(file, patience=0).reading() as con:
        return dump_of(con)


def _commit_more(file: Path) -> None:
    """One film more; to be called in a child."""
    DuckDBClient(file, patience=0).commit(Commit(details=[details(_ONE_MORE, _AT)]))


def _told(figures: Figures) -> str:
    outcomes = ", ".join(f"{name} {count:,}" for name, count in sorted(figures.items()) if ":" in name)
    return (
        f"{figures['cuts']:,} logs cut off and {figures['flips']:,} single bits turned, each read and written by the "
        f"command and by the store: {outcomes}; 0 wrong rows, 0 tracebacks, 0 files lost"
    )


TORN_FILES = Campaign(
    "torn_files",
    "A file that is cut off or rotten gives right rows or a clear error",
    _trial,
    quick=8,
    long=500,
    told=_told,
)
