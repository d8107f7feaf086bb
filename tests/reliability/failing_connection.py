"""A connection to a database on which something happens at the n-th thing that is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import duckdb

from ayne.database.file import DatabaseFile


class Crash(BaseException):
    """The process is gone: nothing that comes after it in the code may matter."""


class Countdown:
    """Lets so many things happen, and then another.

    Args:
        left: how many; None for any number.
        what_then: called at the next one.
        once: what comes after that works again, as after an error; otherwise it is called at all of it, too.
    """

    def __init__(self, left: int | None, what_then: Callable[[], None], *, once: bool = False) -> None:
        self.passed = 0
        self._left = left
        self._what_then = what_then
        self._once = once

    @property
    def is_over(self) -> bool:
        """Whether it has happened."""
        return self._left is not None and self.passed > self._left

    def step(self) -> None:
        """One more thing is about to happen."""
        is_next = self.passed == self._left
        self.passed += 1
        if is_next or (self.is_over and not self._once):
            self._what_then()


class _Watched:
    """A DuckDB object whose methods count; several statements in one call count each."""

    def __init__(self, real: Any, countdown: Countdown) -> None:
        self._real = real
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return self._counted(found) if callable(found) else found

    def _counted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self._countdown.step()
            return method(*arguments)

        return call

    def appender(self, table: str, *, columns: list[str] | None = None) -> Any:
        return _WatchedAppender(self._real.appender(table, columns=columns), self._countdown)

    def execute(self, sql: str, *values: Any) -> Any:
        for statement in self._real.extract_statements(sql):
            self._countdown.step()
            self._real.execute(statement, *values)
        return self._real

    def close(self) -> None:
        """Nobody can keep a connection from being closed: that is what the end of a process does, too."""
        self._real.close()


class _WatchedAppender(_Watched):
    """An appender. What was not flushed when the process ends is nobody's, and needs no warning."""

    def flush(self) -> None:
        try:
            self._countdown.step()
        except BaseException:
            self._real.clear()
            raise
        self._real.flush()


def watched(con: duckdb.DuckDBPyConnection, countdown: Countdown) -> duckdb.DuckDBPyConnection:
    """A connection that does as the real one does, and counts."""
    return cast("duckdb.DuckDBPyConnection", _Watched(con, countdown))


class FailingFile(DatabaseFile):
    """A file on whose connections something happens after so many things that were asked of them."""

    def __init__(self, path: Any, countdown: Countdown, **settings: Any) -> None:
        super().__init__(path, **settings)
        self._countdown = countdown

    @contextmanager
    def _connection(self, **options: Any) -> Iterator[duckdb.DuckDBPyConnection]:
        with super()._connection(**options) as con:
            yield watched(con, self._countdown)
