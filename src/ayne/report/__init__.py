"""One page that shows what a database holds: what is stored and how complete, what the films are like, what it took.

``queries`` asks the database and brings plain values; ``charts`` makes figures of them, and ``page`` the HTML, both
without touching anything outside. ``assets`` has the script and the style of the page, and the library that draws.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from ayne import settings
from ayne.errors import ConfigurationError, StoreUnreadable
from ayne.report import assets, charts, page, queries
from ayne.report.queries import FILMS_SHOWN, Source

__all__ = ["FILMS_SHOWN", "write_report"]


def write_report(store: Source, path: str | Path, now: datetime, *, films: int = FILMS_SHOWN) -> int:
    """Write the report on a database; the file appears when it is whole.

    A page that was written before is replaced; any other file is not, nor is a page that somebody changed.

    Args:
        store: the database, as :class:`~ayne.database.duckdb_client.DuckDBClient`.
        path: the page to write, or to write anew.
        now: the moment that ages are counted from.
        films: how many films the table has at most, the most voted ones.

    Returns:
        The size of the page in bytes.

    Raises:
        ConfigurationError: plotly is not installed, or something else is in the page's place.
        OSError: the file cannot be written.
        StoreUnreadable: the database is not as ayne made it.

    Example:
        >>> from datetime import UTC
        >>> from tempfile import TemporaryDirectory
        >>> from ayne.database.duckdb_client import DuckDBClient
        >>> with TemporaryDirectory() as folder:
        ...     size = write_report(DuckDBClient(":memory:"), Path(folder, "report.html"), datetime.now(UTC))
        >>> size > 1_000_000
        True
    """
    target = Path(path).resolve()
    _check_place(target)
    library = assets.chart_library()
    text = _page(store, now, films, library)
    html = text.encode()
    html += _seal(html)
    _check_place(target)
    unfinished = target.with_name(f".{target.name}.{token_hex(4)}")
    try:
        with unfinished.open("xb") as file:
            file.write(html)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(html)


def _page(store: Source, now: datetime, films: int, library: str) -> str:
    try:
        facts = queries.read(store, now, films)
        drawn = charts.all_charts(facts)
        return page.render(
            facts,
            drawn,
            attribution=settings.ATTRIBUTION,
            style=assets.style(),
            script=assets.script(),
            library=library,
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Values as no ayne writes them, in a file that has ayne's tables.
        raise StoreUnreadable(
            f"{store.path} holds values that ayne did not write, and no page can be made of them "
            f"({type(error).__name__}: {error}). Restore a copy, or name another file with --db."
        ) from error


def _seal(html: bytes) -> bytes:
    """The last line of a page, by which it is known again as it was written."""
    return f"<!-- ayne report, sha256 {sha256(html).hexdigest()} -->\n".encode()


def _check_place(target: Path) -> None:
    """See that nothing is in the page's place but a page as it was written.

    Raises:
        ConfigurationError: something else is there.
    """
    if not target.exists():
        return
    if target.is_file():
        html = target.read_bytes()
        end = html.rfind(b"<!-- ayne report, ")
        if end >= 0 and html[end:] == _seal(html[:end]):
            return
    raise ConfigurationError(
        f"{target} is not a page that `ayne report` wrote, or was changed since, and is left alone. "
        "Move it away, or name another file with --out."
    )
