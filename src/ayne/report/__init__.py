"""One page that shows what a database holds: the films first, then how complete they are, how fresh, and what it took.

``queries`` asks the database and brings plain values; ``carried`` packs what the script filters, ``charts`` makes
columns of the rest, and ``page`` the HTML, all without touching anything outside. ``assets`` has its style and script.
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


def write_report(
    store: Source, path: str | Path, now: datetime, *, films: int = FILMS_SHOWN, posters: bool = False
) -> int:
    """Write the report on a database; the file appears when it is whole.

    A page that was written before is replaced; any other file is not, nor is a page that somebody changed.

    Args:
        store: the database, as :class:`~ayne.database.duckdb_client.DuckDBClient`.
        path: the page to write, or to write anew.
        now: the moment that ages are counted from.
        films: how many films it carries to be filtered, the most voted ones; those that lead in something come beside.
        posters: whether a card that is opened may fetch its poster from TMDB. Without it the page fetches nothing.

    Returns:
        The size of the page in bytes.

    Raises:
        ConfigurationError: something else is in the page's place.
        OSError: the file cannot be written.
        StoreUnreadable: the database is not as ayne made it.

    Example:
        >>> from datetime import UTC
        >>> from tempfile import TemporaryDirectory
        >>> from ayne.database.duckdb_client import DuckDBClient
        >>> with TemporaryDirectory() as folder:
        ...     size = write_report(DuckDBClient(":memory:"), Path(folder, "report.html"), datetime.now(UTC))
        >>> size > 10_000
        True
    """
    target = Path(path).resolve()
    _check_place(target)
    text = _page(store, now, films, posters=posters)
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


def _page(store: Source, now: datetime, films: int, *, posters: bool) -> str:
    try:
        facts = queries.read(store, now, films)
        drawn = charts.all_charts(facts)
        return page.render(
            facts,
            drawn,
            attribution=settings.ATTRIBUTION,
            style=assets.style(),
            script=assets.script(),
            posters=posters,
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
