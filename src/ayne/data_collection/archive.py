"""Keep bodies on disk as received, as compressed JSON Lines that are always whole.

Lines go to a plain ``.part`` file, each by one write. When the part is large enough, or at the end, its lines are
compressed into a file that appears under its final name only when it is complete and on disk. A reader that looks
at ``*.jsonl.gz`` therefore never meets half a line. A part that a crash left behind is taken up by the next
archive opened in the same folder: whole lines are kept, a torn last one is dropped. What no archive wrote is left
alone.
"""

from __future__ import annotations

import atexit
import errno
import gzip
import os
import sys
import zlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

if sys.platform != "win32":
    import fcntl

SEGMENT_BYTES = 8 * 1024 * 1024

_SPACE_FOR_NEWLINES = bytes.maketrans(b"\r\n", b"  ")


class _Line(msgspec.Struct):
    path: str
    params: Mapping[str, str]
    received_at: datetime
    body: msgspec.Raw


class _Body(msgspec.Struct):
    """The fields of a line of an archive."""

    body: msgspec.Raw


class BodyArchive:
    """A folder of ``*.jsonl.gz`` files, one line a body: ``path``, ``params``, ``received_at``, ``body``.

    Args:
        folder: made when it is not there.
        segment_bytes: the size at which a part is compressed.

    Raises:
        OSError: the folder cannot be written to.
    """

    def __init__(self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._sealing: list[Future[None]] = []
        # Compressing takes some tenths of a second; the event loop has better things to do.
        self._sealer = ThreadPoolExecutor(1, thread_name_prefix="ayne-archive")
        self._part: IO[bytes] | None = None
        self._segments = 0
        folder.mkdir(parents=True, exist_ok=True)
        # Whoever never closes it has whole files all the same.
        atexit.register(self._finish)
        for leftover in sorted(folder.glob("tmdb-*.jsonl.part")):
            _seal_if_abandoned(leftover)

    def add(self, path: str, params: Mapping[str, str], received_at: datetime, body: bytes) -> None:
        """Keep one body. It must be JSON; line breaks between its tokens become spaces.

        Raises:
            OSError: the body could not be written whole; nothing of it was kept.
        """
        whole = body.translate(_SPACE_FOR_NEWLINES)
        line = msgspec.json.encode(_Line(path, params, received_at, msgspec.Raw(whole))) + b"\n"
        part = self._part or self._open_part(received_at)
        before = part.tell()
        if part.write(line) < len(line):
            # Half a line would spoil the next one too.
            part.seek(before)
            part.truncate()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), part.name)
        if part.tell() >= self._segment_bytes:
            self._roll(part)

    def close(self) -> None:
        """Compress what is left, and wait until everything is on disk.

        Raises:
            OSError: a file could not be written.
        """
        if self._part:
            self._roll(self._part)
        atexit.unregister(self._finish)
        self._sealer.shutdown(wait=True)
        for sealed in self._sealing:
            sealed.result()
        self._sealing.clear()

    def _finish(self) -> None:
        """Compress what is left when the process ends; threads cannot be started any more then."""
        part, self._part = self._part, None
        if part:
            _seal(Path(part.name), part)

    def _open_part(self, moment: datetime) -> IO[bytes]:
        self._segments += 1
        name = f"tmdb-{moment:%Y%m%dT%H%M%S%f}-{os.getpid()}-{self._segments:04d}.jsonl.part"
        path = self._folder / name
        part = path.open("xb", buffering=0)
        if sys.platform != "win32":
            fcntl.flock(part, fcntl.LOCK_EX)
            if not path.exists():
                # Another archive was opened before the lock was ours, and took the part for abandoned.
                part.close()
                return self._open_part(moment)
        self._part = part
        return part

    def _roll(self, part: IO[bytes]) -> None:
        self._part = None
        self._sealing = [sealed for sealed in self._sealing if not sealed.done() or sealed.exception()]
        self._sealing.append(self._sealer.submit(_seal, Path(part.name), part))


def _seal_if_abandoned(path: Path) -> None:
    """Seal a part whose process is gone; a living one holds its lock. Windows has no such lock: parts stay there."""
    if sys.platform == "win32" or path.is_symlink() or not path.is_file():
        return
    # Gone: another archive, opened at the same time, has sealed it.
    with suppress(FileNotFoundError), path.open("r+b", buffering=0) as part, suppress(BlockingIOError):
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_of_an_archive(path.read_bytes()):
            _seal(path, part)


def _is_of_an_archive(content: bytes) -> bool:
    r"""Say whether an archive wrote this: a body on each line; only the last line may be torn.

    >>> _is_of_an_archive(b'{"body":{"id":1}}\n{"bo'), _is_of_an_archive(b"mine\n"), _is_of_an_archive(b"mine")
    (True, False, False)
    """
    *lines, torn = content.split(b"\n")
    try:
        for line in lines:
            msgspec.json.decode(line, type=_Body)
    except msgspec.DecodeError:
        return False
    return bool(lines) or torn[:1] in {b"", b"{"}


def _seal(path: Path, part: IO[bytes]) -> None:
    """Turn a part into a compressed file, whole lines only. Doing it twice does no harm."""
    with part:
        lines = path.read_bytes()
        lines = lines[: lines.rfind(b"\n") + 1]
        if lines:
            final = path.with_suffix(".gz")
            if final.exists() and not _holds(final, lines):
                # It is not of this part, and neither is thrown away.
                return
            unfinished = path.with_suffix(".gz.tmp")
            with unfinished.open("wb") as file:
                file.write(gzip.compress(lines, 6, mtime=0))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(final)
        path.unlink()


def _holds(file: Path, lines: bytes) -> bool:
    try:
        return gzip.decompress(file.read_bytes()) == lines
    except (OSError, EOFError, zlib.error):
        return False
