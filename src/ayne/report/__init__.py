"""One page that shows what a database holds: what is stored and how complete, what the films are like, what it took.

``queries`` asks the database and brings plain values; ``charts`` makes figures of them, and ``page`` the HTML, both
without touching anything outside. ``assets`` has the script and the style of the page, and the library that draws.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ayne import settings
from ayne.report import assets, charts, page, queries
from ayne.report.queries import FILMS_SHOWN, Source

__all__ = ["FILMS_SHOWN", "write_report"]


def write_report(store: Source, path: str | Path, now: datetime, *, films: int = FILMS_SHOWN) -> int:
    """Write the report on a database; the file appears when it is whole.

    Args:
        store: the database, as :class:`~ayne.database.duckdb_client.DuckDBClient`.
        path: the page to write, or to write anew.
        now: the moment that ages are counted from.
        films: how many films the table has at most, the most voted ones.

    Returns:
        The size of the page in bytes.

    Raises:
        ConfigurationError: plotly is not installed.
        OSError: the file cannot be written.

    Example:
        >>> from datetime import UTC
        >>> from tempfile import TemporaryDirectory
        >>> from ayne.database.duckdb_client import DuckDBClient
        >>> with TemporaryDirectory() as folder:
        ...     size = write_report(DuckDBClient(":memory:"), Path(folder, "report.html"), datetime.now(UTC))
        >>> size > 1_000_000
        True
    """
    library = assets.chart_library()
    facts = queries.read(store, now, films)
    drawn = charts.all_charts(facts)
    text = page.render(
        facts,
        drawn,
        attribution=settings.ATTRIBUTION,
        style=assets.style(),
        script=assets.script(),
        library=library,
    )
    html = text.encode()
    target = Path(path)
    unfinished = target.with_name(f"{target.name}.part")
    try:
        unfinished.write_bytes(html)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(html)
