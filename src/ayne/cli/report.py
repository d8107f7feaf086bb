"""``ayne report``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ayne.cli import options, tables, wiring
from ayne.cli.terminal import show, show_json
from ayne.errors import ConfigurationError


@click.command(short_help="Write an HTML page that shows what is stored.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="File to write.",
)
@click.option(
    "--films",
    type=click.IntRange(0, 50_000),
    default=5_000,
    show_default=True,
    help="Put the N most voted films into the page, to be filtered; a thousand take some 350 kB.",
)
@click.option("--posters", is_flag=True, help="Load the poster from TMDB when a film's card is opened.")
@options.db_option
@options.json_option
def report(out: Path, films: int, posters: bool, db: Path | None, as_json: bool) -> None:
    """Write one HTML page with charts and filters that shows what is stored: the best, the biggest, and by whom.

    The page opens without a network and without other files; with --posters it loads posters from TMDB. An earlier
    page of ayne's is replaced; any other file is left alone.

    \b
    ayne report --out report.html
    ayne report --films 20000 --out report.html
    """
    from ayne.report import write_report

    out = options.expanded(out)
    store = wiring.open_store(options.database(db))
    try:
        size = write_report(store, out, datetime.now(UTC), films=films, posters=posters)
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written: {error.strerror}. Name another file with --out.") from None
    if as_json:
        show_json(tables.as_json({"report": str(out), "bytes": size}))
    else:
        show(f"{out}, {size / 1e6:.1f} MB; open it in a browser")
