"""Where ayne's log goes when the command runs: to stderr, to a file, each line with its fields."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ayne.cli.sanitize import sanitize, sanitize_json
from ayne.cli.terminal import say
from ayne.errors import ConfigurationError

# What every record has; the rest came with extra= and is a field of ayne's.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up(*, verbose: int = 0, quiet: bool = False, file: Path | None = None) -> None:
    """Log errors to stderr, and more of the log there or to a file if options ask for it.

    Called again, it starts anew.

    Raises:
        ConfigurationError: the file cannot be written to.
    """
    root = logging.getLogger()
    for handler in [old for old in root.handlers if isinstance(old, _Stderr | _File)]:
        root.removeHandler(handler)
        handler.close()
    shown = _Stderr(logging.CRITICAL if quiet else [logging.ERROR, logging.INFO, logging.DEBUG][min(verbose, 2)])
    shown.setFormatter(Plain())
    # Progress has a way of its own to stderr.
    shown.addFilter(lambda record: record.name != "ayne.progress")
    root.addHandler(shown)
    if file:
        try:
            kept = _File(file, encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"{file} cannot be written to: {error.strerror}. Name another --log-file."
            ) from None
        kept.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)
        kept.setFormatter(Json() if file.suffix in {".json", ".jsonl"} else Plain())
        root.addHandler(kept)
    root.setLevel(min(handler.level for handler in root.handlers if isinstance(handler, _Stderr | _File)))
    # ayne.net has a line for each request, the second step; httpx's line knows only the server.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what was logged with ``extra=``."""
    return {name: value for name, value in vars(record).items() if name not in _USUAL}


class Plain(logging.Formatter):
    """Formats a record as a line: time, level, logger, message, and its fields.

    >>> record = logging.makeLogRecord({"name": "ayne.net", "levelname": "INFO", "msg": "retry", "attempt": 1})
    >>> record.created = 0.0
    >>> Plain().format(record)
    '1970-01-01T00:00:00.000Z INFO ayne.net: retry (attempt=1)'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Format a record as one line; the lines of a traceback follow."""
        said = ", ".join(f"{name}={value}" for name, value in fields(record).items())
        line = f"{_moment(record)} {record.levelname} {record.name}: {record.getMessage()}"
        told = sanitize(f"{line} ({said})" if said else line)
        return f"{told}\n{self.formatException(record.exc_info)}" if record.exc_info else told


class Json(logging.Formatter):
    """Formats a record as a line of JSON, for programs."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record as one line of JSON."""
        said: dict[str, Any] = {
            "at": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **fields(record),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        import msgspec

        return sanitize_json(msgspec.json.encode(said, enc_hook=str).decode())


class _Stderr(logging.StreamHandler[Any]):
    """Writes to the current stderr: under a live view it is another."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self.setLevel(level)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Ignore errors of logging: a traceback would help nobody."""


class _File(logging.FileHandler):
    """Writes to the named file; if that fails, it says so once, and the work goes on."""

    _told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say it, unless it was said."""
        if not self._told:
            self._told = True
            reason = sys.exception()
            say(f"The log file {self.baseFilename} is incomplete: {getattr(reason, 'strerror', None) or reason}")


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
