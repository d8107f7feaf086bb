"""Processes of their own for what may break the process it runs in, or is to be killed.

They are forked from a server that has imported everything already, so that a child is at work within milliseconds; it
is a process like any other, and so is its death.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

# What a child needs, so that none of them has to import it.
_PRELOADED = [
    "ayne.cli",
    "ayne.data_collection.omdb.client",
    "ayne.data_collection.orchestrator",
    "ayne.data_collection.rebuild",
    "ayne.data_collection.tmdb.client",
    "ayne.data_collection.tmdb.exports",
    "ayne.database.duckdb_client",
    "tests.store.test_store",
    "tests.reliability.children",
    "tests.reliability.dump",
]

# Nothing here takes a hundredth of it; what takes longer hangs.
MOST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it printed."""

    code: int | None
    out: str
    err: str


class Died(Exception):
    """A child ended without a word: by a signal, or by leaving at once."""


def in_child(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a process of its own.

    Returns:
        What it returned, or the exception that it raised.

    Raises:
        Died: the process ended without either.
    """
    with child(function, *arguments) as (process, answer):
        if not answer.poll(MOST_SECONDS):
            process.kill()
            raise Died(f"{function.__name__} did not end within {MOST_SECONDS:.0f} s")
        try:
            return answer.recv()
        except EOFError:
            process.join(MOST_SECONDS)
            raise Died(f"{function.__name__} ended with exit code {process.exitcode}") from None


@contextmanager
def child(function: Callable[..., Any], *arguments: Any) -> Iterator[tuple[BaseProcess, Connection]]:
    """A process that calls a function, and where it says what came of it; it lives at most as long as the context."""
    context = get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    ours, its = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(its, function, arguments), daemon=True)
    process.start()
    its.close()
    try:
        yield process, ours
    finally:
        if process.is_alive() and process.exitcode is None:
            process.join(0.5)
            process.kill()
        process.join(MOST_SECONDS)
        process.close()
        ours.close()


def _call(answer: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    # Whoever forked the server may have told it to ignore them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = function(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent judges it
        error.add_note(traceback.format_exc())
        result = error
    answer.send(result)
    answer.close()


def own_environment() -> dict[str, str]:
    """The environment without what somebody has set for their own films, which must not decide what is found here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AYNE_", "TMDB_", "OMDB_"))}
    nowhere = str(Path(tempfile.gettempdir()) / "nobody-has-settings-here")
    return {**kept, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "XDG_CONFIG_HOME": nowhere}


def command(arguments: list[str], environment: dict[str, str], folder: str = "/") -> Said:
    """Run ``ayne`` as a shell would, in a folder; to be called in a child."""
    from ayne.cli import main  # noqa: PLC0415 - the preloading comes first

    own = own_environment()
    os.environ.clear()
    os.environ.update(own, **environment)
    os.chdir(folder)
    sys.argv = ["ayne", *arguments]
    code: Any = 0
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        except BaseException:  # noqa: BLE001 - as the interpreter does, which would end here
            code = 1
            traceback.print_exc()
    return Said(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue())
