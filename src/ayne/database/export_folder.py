"""The folder that an export is written to: nothing in it is replaced but what an earlier export provably wrote.

``schema.json`` lists each file that an export wrote, itself too, with its SHA-256. What is not listed, or is no longer
what it was, is somebody's work and stays. Files are written into a folder of their own beside the final names, and are
renamed when all of them are whole. The folder is locked meanwhile, so that two exports never mix.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import msgspec

from ayne.errors import ConfigurationError, SharedStorageBusy

if sys.platform != "win32":
    import fcntl

_SCHEMA = "schema.json"

_STAGING = ".ayne-export-"
# In a folder of files that are not whole yet: a later export may remove it.
_MARK = "unfinished-export-of-ayne"

_NO_LOCKS_HERE = {errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP}


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """What ``schema.json`` says of a table.

    Attributes:
        comment: what it holds.
        columns: the name, type and comment of each column.
        files: the SHA-256 of each of its files by its name below the folder; two while an export replaces the file.
    """

    comment: str | None
    columns: list[dict[str, Any]]
    files: dict[str, list[str]] = {}


class ExportFolder:
    """A folder to export to, held for one export; :func:`held` makes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tables = _read(path / _SCHEMA)

    def check(self, roots: Iterable[str]) -> None:
        """Check that each of these files or folders is missing, or is exactly what an export wrote.

        Raises:
            ConfigurationError: something else is there.
        """
        written = {name: digests for table in self._tables.values() for name, digests in table.files.items()}
        folders = {parent.as_posix() for name in written for parent in Path(name).parents}
        for root in roots:
            for path in _tree(self._path / root):
                name = path.relative_to(self._path).as_posix()
                if path.is_symlink() or not (
                    name in folders or name == root if path.is_dir() else _digest(path) in written.get(name, ())
                ):
                    raise _refusal(path)

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Make a folder for files that are not whole yet; it is removed in the end, or by the next export."""
        for leftover in self._path.glob(f"{_STAGING}*"):
            if (leftover / _MARK).is_file() and not leftover.is_symlink():
                shutil.rmtree(leftover)
        staging = Path(mkdtemp(prefix=_STAGING, dir=self._path))
        # mkdtemp makes it private; what others may see of the export is for the folder to say.
        staging.chmod(self._path.stat().st_mode & 0o777)
        try:
            (staging / _MARK).touch()
            yield staging
        finally:
            shutil.rmtree(staging)

    def publish(self, staging: Path, written: Mapping[str, tuple[str, Table]]) -> None:
        """Move finished files to their names, and list them in ``schema.json``.

        Args:
            staging: where they are.
            written: of each table the file or folder that was written there, and what the table is.

        Raises:
            ConfigurationError: somebody has put something in the way meanwhile.
        """
        self.check(root for root, _ in written.values())
        stale: list[str] = []
        known = {file: digests for table in self._tables.values() for file, digests in table.files.items()}
        before, after = dict(self._tables), dict(self._tables)
        for name, (root, table) in written.items():
            old = self._tables[name].files if name in self._tables else {}
            new = {_below(path, staging): [_digest(path)] for path in _tree(staging / root) if path.is_file()}
            others = {file: digests for file, digests in old.items() if Path(file).parts[0] != root}
            # The same table in the same format, in one file or in a folder of them: of the two only the newer is true.
            formats = {Path(file).suffix for file in new}
            stale += [file for file in others if Path(file).suffix in formats]
            kept = {file: digests for file, digests in others.items() if Path(file).suffix not in formats}
            after[name] = Table(table.comment, table.columns, kept | new)
            # Whoever is killed in between leaves old files and new ones, and both are ayne's.
            both = {file: [*old.get(file, ()), *new.get(file, ())] for file in [*old, *new]}
            before[name] = Table(table.comment, table.columns, both)
        self._write_schema(staging, before)
        for root, _ in written.values():
            _swap(staging / root, self._path / root, aside=staging / f"{root}.old")
        for file in stale:
            self._remove(file, known[file])
        self._write_schema(staging, after)

    def _remove(self, name: str, digests: list[str]) -> None:
        """Remove a file that an export wrote and nobody changed since, and the folders that it leaves empty."""
        path = self._path / name
        if path.is_symlink() or not path.is_file() or _digest(path) not in digests:
            return
        path.unlink()
        for folder in list(Path(name).parents)[:-1]:
            with suppress(OSError):
                (self._path / folder).rmdir()

    def _write_schema(self, staging: Path, tables: Mapping[str, Table]) -> None:
        (staging / _SCHEMA).write_bytes(_signed(tables))
        (staging / _SCHEMA).replace(self._path / _SCHEMA)


@contextmanager
def held(path: Path) -> Iterator[ExportFolder]:
    """Hold a folder for one export, creating it if missing.

    Raises:
        SharedStorageBusy: another export is writing to it.
        ConfigurationError: its ``schema.json`` is none of an export's.
        OSError: it cannot be used.
    """
    path.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        yield ExportFolder(path)
        return
    # The lock is on the folder itself, so nothing is left behind.
    folder = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SharedStorageBusy(f"Another export is writing to {path}. Wait for it to finish.") from None
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise
        yield ExportFolder(path)
    finally:
        os.close(folder)


def _read(path: Path) -> dict[str, Table]:
    """Read the tables of a ``schema.json``; none if there is no such file.

    Raises:
        ConfigurationError: no export wrote it, or somebody changed it.
    """
    if not path.is_symlink():
        try:
            document = path.read_bytes()
            tables = msgspec.json.decode(document, type=dict[str, Table])
        except FileNotFoundError:
            return {}
        except (msgspec.DecodeError, IsADirectoryError):
            raise _refusal(path) from None
        for table in tables.values():
            table.files.pop(_SCHEMA, None)
        if _signed(tables) == document:
            return tables
    raise _refusal(path)


def _signed(tables: Mapping[str, Table]) -> bytes:
    """``schema.json``, which lists itself: with the SHA-256 of what it would be without that."""

    def encoded() -> bytes:
        return msgspec.json.format(msgspec.json.encode(tables), indent=2)

    for table in tables.values():
        table.files[_SCHEMA] = [hashlib.sha256(encoded()).hexdigest()]
        try:
            return encoded()
        finally:
            del table.files[_SCHEMA]
    return encoded()


def _tree(root: Path) -> Iterator[Path]:
    """Yield a file, or a folder and everything below it; nothing if it does not exist."""
    if root.is_symlink() or root.exists():
        yield root
    if root.is_dir() and not root.is_symlink():
        for path in sorted(root.iterdir()):
            yield from _tree(path)


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _swap(new: Path, path: Path, *, aside: Path) -> None:
    """Replace what is there. A folder cannot be replaced in one step: the old one is moved aside."""
    if not path.is_dir():
        new.replace(path)
        return
    path.replace(aside)
    try:
        new.replace(path)
    except OSError:
        aside.replace(path)
        raise


def _refusal(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} was not written by an export of ayne's, or was changed since, and is left alone. "
        "Move it away, or name another folder with --out."
    )
