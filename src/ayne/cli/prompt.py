"""The prompt of ``ayne sql``: history, completion, and several lines where a query takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ayne.cli import freshness
from ayne.cli.command_line import say_error
from ayne.cli.terminal import say
from ayne.errors import AyneError

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.history import History

    from ayne.database.duckdb_client import DuckDBClient

_LEAVING = frozenset({"exit", "quit", r"\q", ".exit", ".quit"})
_ASKING_FOR_HELP = frozenset({r"\?", r"\h", "help", ".help", "?"})
_HELP = r"""\d         the tables
\d films   the columns of one, and what they hold
\all       the last answer again, with all its rows and columns
\q         leave; so does Ctrl-D
Enter runs a query that is complete, Esc then Enter begins another line; Tab completes; Ctrl-C drops what is typed."""

_WORDS = """
SELECT column_name AS word FROM duckdb_columns() WHERE NOT internal
UNION SELECT table_name FROM duckdb_columns() WHERE NOT internal
UNION SELECT function_name FROM duckdb_functions() WHERE NOT internal
UNION SELECT upper(keyword_name) FROM duckdb_keywords() WHERE keyword_category = 'reserved'
UNION SELECT unnest(['count', 'sum', 'avg', 'min', 'max', 'median', 'year', 'unnest', 'lower', 'round'])
ORDER BY word
"""


def converse(read: Callable[[], str], run: Callable[[str, bool], None]) -> None:
    """Read queries and run them until the reader ends. A query that fails does not end the prompt.

    Args:
        read: gives what was typed; raises KeyboardInterrupt when it was dropped, EOFError when there is no more.
        run: runs one query and prints its rows, all of them if that is wanted.
    """
    last = ""
    while True:
        try:
            text = read().strip().rstrip(";").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text.lower() in _LEAVING:
            return
        if text.lower() in _ASKING_FOR_HELP:
            for line in _HELP.splitlines():
                say(line)
            continue
        whole = text == r"\all"
        last = last if whole else {".tables": r"\d"}.get(text, text)
        if last:
            _try(run, last, whole=whole)


def _try(run: Callable[[str, bool], None], text: str, *, whole: bool) -> None:
    try:
        run(text, whole)
    except (AyneError, OSError) as error:
        say_error(error)
    except KeyboardInterrupt:
        say("interrupted")


def is_complete(text: str) -> bool:
    """Return whether a query needs no further line: it parses, or no further line can correct it.

    >>> is_complete("SELECT 1"), is_complete("SELECT * FROM"), is_complete("SELEC 1"), is_complete("SELECT title,")
    (True, False, True, False)
    """
    import duckdb

    # An empty line is enough of it, whatever was typed.
    if text.lstrip().startswith(("\\", ".")) or text.rstrip().endswith(";") or text.endswith("\n"):
        return True
    try:
        duckdb.extract_statements(text)
    except duckdb.Error as error:
        return not _is_at_the_end(text, str(error).splitlines())
    # DuckDB lets a list end with a comma.
    return not text.rstrip().endswith(",")


def _is_at_the_end(text: str, said: list[str]) -> bool:
    """Return whether an error means that the text ends too soon: a quotation is open, or its last word is marked."""
    from rich.cells import cell_len

    # Of a quotation or a comment that is open its beginning alone is marked; one that is closed has two marks or more.
    if len(said) > 1 and said[-1].strip() == "^":
        before = len(said[-1].rstrip()) - 1
        place = next((n for n in range(len(said[-2])) if cell_len(said[-2][:n]) == before), 0)
        if said[-2].startswith(("'", '"', "/*"), place):
            return True
    is_in_last_line = len(said) > 1 and said[-2].startswith(f"LINE {text.count(chr(10)) + 1}:")
    return is_in_last_line and len(said[-1].rstrip()) >= cell_len(said[-2].rstrip())


def completer(store: DuckDBClient) -> Completer:
    """Completes tables, columns and SQL's words, whatever the case."""
    from prompt_toolkit.completion import WordCompleter

    words = [word for (word,) in store.query(_WORDS).rows]
    return WordCompleter([*words, r"\d"], ignore_case=True)


def _history() -> History:
    """Return the history of queries, kept in a file beside ayne's settings; in memory alone where no file can be."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    folder = Path(click.get_app_dir("ayne"))
    file = folder / "sql_history"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A query may hold what is nobody else's business.
        file.touch(mode=0o600)
        with file.open("ab"):
            return FileHistory(file)
    except OSError:
        return InMemoryHistory()


def reader(store: DuckDBClient) -> Callable[[], str]:
    """Return a reader of queries at a prompt, with the words of this file; it holds the file only to look them up."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @keys.add("enter")
    def _run_or_go_on(event: KeyPressEvent) -> None:
        if is_complete(event.current_buffer.text):
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.insert_text("\n")

    session: PromptSession[str] = PromptSession(
        "ayne> ",
        history=_history(),
        completer=completer(store),
        complete_while_typing=False,
        multiline=True,
        key_bindings=keys,
        prompt_continuation=lambda width, *_: "... ".rjust(width),
    )
    say(rf"{store.path}, {freshness.told_now(store)}. \d lists the tables, \? helps, Ctrl-D leaves.")
    return session.prompt
