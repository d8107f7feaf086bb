"""``ayne doctor``."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from ayne import __version__
from ayne.cli import options, tables, wiring
from ayne.cli.terminal import show, show_json
from ayne.errors import AyneError, ConfigurationError, SourceError

_LEAST_FREE_BYTES = 1_000_000_000
_MOST_SKEW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    said: str


@click.command()
@click.option("--tmdb-url", help="TMDB's address with the /3 [AYNE_TMDB_URL].")
@options.db_option
@options.json_option
def doctor(tmdb_url: str | None, db: Path | None, as_json: bool) -> None:
    """Check key, network, clock, file and disk, and say what to do about what is wrong.

    \b
    ayne doctor
    """
    findings = [
        Finding("ayne", ok=True, said=f"{__version__} on Python {sys.version.split()[0]}"),
        *asyncio.run(_source(tmdb_url)),
        *_file(options.database(db)),
    ]
    if as_json:
        show_json(tables.as_json(findings))
    else:
        for finding in findings:
            show(f"{'ok' if finding.ok else 'WRONG':<6}{finding.what:<10}{finding.said}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


async def _source(tmdb_url: str | None) -> list[Finding]:
    try:
        client = wiring.open_client(tmdb_url=tmdb_url, rate=None, max_concurrent=1, language=None)
    except ConfigurationError as error:
        return [Finding("key", ok=False, said=str(error))]
    async with client:
        try:
            server_time = await client.check_credentials()
        except SourceError as error:
            return [Finding("TMDB", ok=False, said=str(error))]
    skew = (datetime.now(UTC) - server_time).total_seconds()
    return [
        Finding("TMDB", ok=True, said=f"{client.base_url} accepts the {client.credential_kind}"),
        Finding(
            "clock",
            ok=abs(skew) <= _MOST_SKEW_SECONDS,
            said=f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the server's"
            + ("" if abs(skew) <= _MOST_SKEW_SECONDS else "; set this machine's clock"),
        ),
    ]


def _file(path: Path) -> Iterator[Finding]:
    folder = path.absolute().parent
    if not folder.is_dir():
        yield Finding("file", ok=False, said=f"the folder {folder} does not exist; make it or name another with --db")
        return
    if path.exists():
        try:
            films = wiring.open_store(path).query("SELECT count(*) FROM movies").rows[0][0]
            yield Finding("file", ok=True, said=f"{path} has {films:,} films")
        except AyneError as error:
            yield Finding("file", ok=False, said=str(error))
    else:
        yield Finding("file", ok=True, said=f"{path} is not there yet; `ayne collect` makes it")
    free = shutil.disk_usage(folder).free
    yield Finding(
        "disk",
        ok=free >= _LEAST_FREE_BYTES,
        said=f"{free / 1e9:.1f} GB free" + ("" if free >= _LEAST_FREE_BYTES else "; a large collection needs more"),
    )
