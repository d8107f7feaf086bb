"""Cope with stdout and stderr that are closed, full, or read by nobody any more.

A job does its work whatever becomes of what it says. What is said on stderr and cannot be written is lost; data that
cannot be written to stdout are an error, and a reader of them that has had enough is none.
"""

from __future__ import annotations

import io
import os
import select
import sys
from typing import Any

from ayne.errors import AyneError


class OutputLost(AyneError):
    """Data could not be written to stdout."""


class ReaderGone(Exception):
    """The reader of stdout has closed it: there is nobody to write for, and nothing went wrong."""


class _Raw(io.RawIOBase):
    """Writes bytes to a stream of the process.

    Args:
        under: where they go.
        forgiving: lose in silence what cannot be written.
    """

    def __init__(self, under: Any, *, forgiving: bool) -> None:
        self._under = under
        self._forgiving = forgiving
        self._lost = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._under.fileno())

    def isatty(self) -> bool:
        try:
            return bool(self._under.isatty())
        except OSError:
            return False

    def write(self, data: bytes | memoryview, /) -> int:  # type: ignore[override] # no other kind of buffer comes
        if self._lost:
            return len(data)
        try:
            # None: the reader of a pipe that does not block is slow.
            while (written := self._under.write(data)) is None:
                select.select([], [self], [])
        except OSError as error:
            # Once is enough: what is still in buffers must not raise again on the way out.
            self._lost = not self._forgiving
            if self._forgiving:
                return len(data)
            if isinstance(error, BrokenPipeError):
                raise ReaderGone from None
            raise OutputLost(
                f"The output could not be written: {error.strerror}. Send it to another place, then run it again."
            ) from None
        return int(written)


def prepare() -> None:
    """Make stdout and stderr writable, however the process was started; call this first."""
    _fill_gaps()
    sys.stdout = _prepared(sys.stdout, 1, forgiving=False)
    sys.stderr = _prepared(sys.stderr, 2, forgiving=True)


def _fill_gaps() -> None:
    """Open what was closed, or the next file that is opened, the database perhaps, would be taken for stdout."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The system gives the lowest number that is free, which is this one.
            os.open(os.devnull, os.O_RDWR)


def _prepared(stream: object, number: int, *, forgiving: bool) -> io.TextIOBase:
    if stream is None:
        return open(number, "w", encoding="utf-8", closefd=False)
    if not isinstance(stream, io.TextIOWrapper):
        # A test's, or a notebook's.
        return stream  # type: ignore[return-value]
    stream.flush()
    raw = _Raw(getattr(stream.buffer, "raw", stream.buffer), forgiving=forgiving)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),  # type: ignore[type-var] # it is one; typeshed names fewer
        encoding=stream.encoding,
        # A title in a script that the terminal cannot show is shown with question marks, not as an error.
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
