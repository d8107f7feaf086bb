"""Files that cannot be used: on a full disk, write-protected, held, vanished, or something else altogether.

Each time something is said that tells what to do, whatever was committed is still there, and nothing is deleted or
written over.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ayne.data_collection.commit import Commit
from ayne.database import migrations
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import StoreBusy, StoreError
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.reliability.children import Said, child, command, in_child
from tests.reliability.dump import Dump, dump
from tests.store.test_store import details

_FILMS_AT_ONCE = 300
_COMMITS = 12
_NOBODY = 65534


def _batch(number: int) -> Commit:
    dice = random.Random(number)  # noqa: S311 - a seed is the point
    first = number * _FILMS_AT_ONCE + 1
    # Text that does not compress, so that the file grows.
    films = [details(i, overview=dice.randbytes(150).hex()) for i in range(first, first + _FILMS_AT_ONCE)]
    return Commit(details=films)


def write_until_refused(file: Path, most_bytes: int | None) -> tuple[int, StoreError | None]:
    """Commit again and again; how many went well, and the error; to be called in a child.

    Args:
        file: the database.
        most_bytes: no file may grow beyond that, as if the disk were full.
    """
    if most_bytes:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    store = DuckDBClient(file, patience=0)
    for number in range(_COMMITS):
        try:
            store.commit(_batch(number))
        except StoreError as error:
            return number, error
    return _COMMITS, None


def _check_prefix(file: Path, committed: int) -> None:
    """The file holds all of the batches that were committed, and no part of another."""
    ids = [tmdb_id for (tmdb_id,) in DuckDBClient(file).query("SELECT tmdb_id FROM movies ORDER BY 1").rows]
    assert ids == list(range(1, committed * _FILMS_AT_ONCE + 1)), f"{len(ids)} films after {committed} commits"


def _full(file: Path, most_bytes: int | None) -> str:
    committed, error = in_child(write_until_refused, file, most_bytes)
    if error is None:
        assert committed == _COMMITS
        return "all written"
    assert "is there room on the disk?" in str(error), error
    if committed:
        _check_prefix(file, committed)
    return "refused"


def _size_limit(file: Path, dice: random.Random) -> str:
    outcome = _full(file, int(dice.uniform(0.1, 8) * 2**20))
    # With room again it goes on.
    committed, error = in_child(write_until_refused, file, None)
    assert error is None, error
    _check_prefix(file, committed)
    return outcome


def _full_disk(file: Path, dice: random.Random) -> str:
    disk = file.parent / "disk"
    disk.mkdir()
    size = int(dice.uniform(1, 8) * 2**20)
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    try:
        subprocess.run(["mount", *options], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "no disk to be had"
    try:
        outcome = _full(disk / "films.duckdb", None)
        # Somebody makes room.
        subprocess.run(["mount", "-o", f"remount,size={200 * 2**20}", str(disk)], check=True, capture_output=True)
        committed, error = in_child(write_until_refused, disk / "films.duckdb", None)
        assert error is None, error
        _check_prefix(disk / "films.duckdb", committed)
    finally:
        subprocess.run(["umount", str(disk)], check=True, capture_output=True)
    return outcome


def _ayne_as_nobody(*arguments: str) -> Said:
    """The command without root's power to write where it must not; to be called in a child."""
    if os.geteuid() == 0:
        # Nobody else may be allowed to read where Python lies: all that is read of it is read before.
        with TemporaryDirectory(prefix="ayne-unusable-") as folder:
            file = Path(folder) / "films.duckdb"
            DuckDBClient(file).commit(Commit(details=[details(1)]))
            command([*arguments, "--db", str(file)], {})
        os.setuid(_NOBODY)
    return command(list(arguments), {})


def _protected(file: Path, *, folder: bool) -> str:
    DuckDBClient(file).commit(Commit(details=[details(1)]))
    before = dump(file)
    file.parent.chmod(0o755)
    file.chmod(0o666 if folder else 0o444)
    file.parent.chmod(0o555 if folder else 0o777)
    try:
        looked = in_child(_ayne_as_nobody, "sql", "SELECT count(*) FROM movies", "--db", str(file))
        written = in_child(_ayne_as_nobody, "purge", "--trust-clock", "--db", str(file))
    finally:
        file.parent.chmod(0o755)
    assert (looked.code, looked.out.split()[-1:]) == (0, ["1"]), looked
    _check_words(written)
    assert dump(file) == before
    return "refused"


def _read_only_file(file: Path, dice: random.Random) -> str:
    return _protected(file, folder=False)


def _read_only_folder(file: Path, dice: random.Random) -> str:
    return _protected(file, folder=True)


def _hold(file: Path) -> None:
    """Keep a file open; to be called in a child, which is killed."""
    with duckdb.connect(str(file)):
        file.with_name("held").touch()
        time.sleep(60)


@contextmanager
def _held(file: Path) -> Iterator[int]:
    with child(_hold, file) as (process, _):
        while not file.with_name("held").exists():
            time.sleep(0.01)
        yield process.pid or 0
        process.kill()


def _commit_one(file: Path) -> None:
    DuckDBClient(file, patience=0.05).commit(Commit(details=[details(9)]))


def _look(file: Path) -> Any:
    return DuckDBClient(file, patience=0.05).query("SELECT count(*) FROM movies").rows


def _held_by_another(file: Path, dice: random.Random) -> str:
    DuckDBClient(file).commit(Commit(details=[details(1)]))
    with _held(file) as pid:
        for attempt in (_commit_one, _look):
            error = in_child(attempt, file)
            assert isinstance(error, StoreBusy), error
            assert f"held by process {pid}" in str(error), error
    # It was killed with the file in its hands; that is free now.
    assert in_child(_commit_one, file) is None
    assert in_child(_look, file) == [(2,)]
    return "refused"


def _left_alone(file: Path) -> str:
    """Whatever is asked of it, a file that is not ayne's to write is refused and stays as it is."""
    before = _bytes_of(file)
    for arguments in (
        ["status"],
        ["purge", "--trust-clock"],
        ["export", "--out", str(file.parent / "out")],
        ["rebuild"],
    ):
        _check_words(in_child(command, [*arguments, "--db", str(file)], {}))
    collects = ["collect", "--from", "2020", "--db", str(file), "--tmdb-url", "http://127.0.0.1:9/3"]
    _check_words(in_child(command, collects, {"TMDB_API_KEY": "0" * 32}))
    assert isinstance(in_child(_commit_one, file), StoreError)
    assert _bytes_of(file) == before, "it was written to"
    return "refused"


def _bytes_of(path: Path) -> Any:
    return path.read_bytes() if path.is_file() else path.is_dir()


def _no_database(file: Path, dice: random.Random) -> str:
    beginning = dice.choice((b"", b"SQLite format 3\x00", b"PAR1", b'{"films": [', b"\x1f\x8b\x08"))
    file.write_bytes(beginning + dice.randbytes(dice.choice((1, 100, 20_000))))
    return _left_alone(file)


def _directory(file: Path, dice: random.Random) -> str:
    file.mkdir()
    return _left_alone(file)


def _of_a_newer_ayne(file: Path, dice: random.Random) -> str:
    DuckDBClient(file).commit(Commit(details=[details(1)]))
    with duckdb.connect(str(file)) as con:
        con.execute("INSERT INTO schema_steps VALUES (?, now()::TIMESTAMP)", [max(migrations.steps()) + 1])
    return _left_alone(file)


def _of_somebody_else(file: Path, dice: random.Random) -> str:
    with duckdb.connect(str(file)) as con:
        con.execute("CREATE TABLE movies (id BIGINT)")
    return _left_alone(file)


def _empty(file: Path, dice: random.Random) -> str:
    file.touch()
    return _left_alone(file)


def _commit_while_it_vanishes(file: Path) -> Any:
    store = DuckDBClient(file, patience=0)
    store.commit(Commit(details=[details(1)]))
    file.rename(file.with_name("elsewhere.duckdb"))
    try:
        store.commit(Commit(details=[details(2)]))
    except StoreError as error:
        return error
    return None


def _vanished(file: Path, dice: random.Random) -> str:
    error = in_child(_commit_while_it_vanishes, file)
    assert isinstance(error, StoreError), error
    assert "is no longer there" in str(error), error
    assert not file.exists(), "another file was made in its place"
    assert len(dump(file.with_name("elsewhere.duckdb"))["movies"]) == 1
    return "refused"


def _log_of_another(file: Path, dice: random.Random) -> str:
    """A log that a killed process left, beside a file that it does not belong to."""
    states: list[Dump] = []
    for name in ("films.duckdb", "other.duckdb"):
        path = file.with_name(name)
        store = DuckDBClient(path)
        store.commit(Commit(details=[details(len(name))]))
        with duckdb.connect(str(path)) as holder:
            store.commit(Commit(details=[details(100 + len(name))]))
            log = path.with_name(f"{name}.wal").read_bytes()
            path.with_name(f"{name}.log").write_bytes(log)
            holder.execute("SELECT 1")
        states.append(dump(path))
    file.with_name("films.duckdb.wal").write_bytes(file.with_name("other.duckdb.log").read_bytes())
    found = in_child(_look, file)
    if isinstance(found, StoreError):
        _check_words(in_child(command, ["status", "--db", str(file)], {}))
        return "refused"
    assert found == [(2,)], f"rows of another file came in: {found}"
    return "right rows"


_KINDS: dict[str, Callable[[Path, random.Random], str]] = {
    "growth stopped": _size_limit,
    "full disk": _full_disk,
    "read-only file": _read_only_file,
    "read-only folder": _read_only_folder,
    "held by another process": _held_by_another,
    "no database": _no_database,
    "directory": _directory,
    "of a newer ayne": _of_a_newer_ayne,
    "of somebody else": _of_somebody_else,
    "empty": _empty,
    "vanished in mid-run": _vanished,
    "log of another file": _log_of_another,
}


def _check_words(said: Said) -> None:
    assert said.code in {1, 2}, said
    assert "Traceback" not in said.err, said.err
    advice = ("--db", "Wait for it", "and is it yours?", "is there room on the disk?", "upgrade ayne", "ayne collect")
    assert any(words in said.err for words in advice), f"the error does not say what to do: {said.err}"


def _trial(seed: int) -> Tally:
    kind = list(_KINDS)[seed % len(_KINDS)]
    tally = Tally()
    with TemporaryDirectory(prefix="ayne-unusable-") as folder:
        outcome = _KINDS[kind](Path(folder) / "films.duckdb", random.Random(seed))  # noqa: S311 - a seed is the point
    tally.counts[f"{kind}: {outcome}"] += 1
    return tally


def _told(figures: Figures) -> str:
    outcomes = ", ".join(f"{name} {count:,}" for name, count in sorted(figures.items()) if ":" in name)
    return f"{figures['trials']:,} files that cannot be used: {outcomes}; 0 tracebacks, 0 files deleted or written over"


UNUSABLE_FILES = Campaign(
    "unusable_files",
    "A file that cannot be used is said and left alone",
    _trial,
    quick=len(_KINDS),
    long=10 * len(_KINDS),
    told=_told,
)
