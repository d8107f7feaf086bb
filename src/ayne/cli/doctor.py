"""``ayne doctor``."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from ayne import __version__
from ayne.cli import config, endings, options, tables, wiring
from ayne.cli.command_line import Commands, unreached
from ayne.cli.terminal import show, show_entry, show_json
from ayne.errors import (
    AyneError,
    CertificateRefused,
    ConfigurationError,
    ConnectionFailed,
    MissingCredentials,
    SourceError,
    TimedOut,
)

_LEAST_FREE_BYTES = 1_000_000_000
_MOST_SKEW_SECONDS = 60

_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; a warning is not an error."""

    what: str
    ok: bool
    said: str
    warning: bool = False

    @property
    def verdict(self) -> str:
        """The finding in one word."""
        return "WRONG" if not self.ok else "warn" if self.warning else "ok"


@click.command(short_help="Check the set-up, and show which settings apply.")
@options.address_option("--tmdb-url")
@options.allowance_option
@options.db_option
@options.json_option
def doctor(tmdb_url: str | None, allowance: str | None, db: Path | None, as_json: bool) -> None:
    """Check key, network, clock, allowance, file and disk. Print what is wrong, and which settings apply.

    \b
    ayne doctor
    ayne doctor --json
    """
    context = click.get_current_context()
    root = context.find_root().command
    assert isinstance(root, Commands)  # noqa: S101 - for mypy: there is no other root
    settings = list(_settings(context, root))
    findings = [
        Finding("ayne", ok=True, said=f"{__version__} on Python {sys.version.split()[0]}"),
        *endings.run(_source(tmdb_url)),
        *(endings.run(_allowance(allowance, tmdb_url)) if allowance else ()),
        *_file(options.database(db)),
        *_secrets(),
        *(
            Finding("setting", ok=True, said=said, warning=True)
            for said in config.unknown_variables(os.environ, root.known())
        ),
    ]
    if as_json:
        show_json(tables.as_json({"findings": findings, "settings": settings}))
    else:
        for finding in findings:
            show_entry(f"{finding.verdict:<6}{finding.what}", finding.said, indent=0, width=16)
        set_somewhere = [origin for origin in settings if origin.source != _DEFAULT or origin.setting == "db"]
        columns = ["setting", "value", "set by"]
        tables.print_table(columns, [[origin.setting, origin.value, origin.source] for origin in set_somewhere])
        show("Every other setting is at its default; `ayne COMMAND --help` tells it.")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


def _settings(context: click.Context, root: Commands) -> Iterator[config.Origin]:
    """Return every setting that several commands share, and every other that is set, with its value and source."""
    configuration = context.obj if isinstance(context.obj, config.Configuration) else config.Configuration()
    known = root.known()
    told = {origin.setting: origin for origin in configuration.origins(known)}
    for key in ("allowance", "db", "tmdb_url"):
        if options.given(key):
            told[key] = config.Origin(key, config.shown(context.params[key]), "the command line")
    for key, default in root.defaults().items():
        told.setdefault(key, config.Origin(key, config.shown(default), _DEFAULT))
    told["db"] = config.Origin("db", str(options.database(context.params["db"])), told["db"].source)
    yield from (told[key] for key in sorted(told))


def _secrets() -> Iterator[Finding]:
    for path, readable in config.files_with_keys(Path(click.get_app_dir("ayne"))):
        if readable:
            said = f"{path} holds a key and can be read by others: chmod 600 {path}"
            yield Finding("secrets", ok=True, said=said, warning=True)


async def _source(tmdb_url: str | None) -> list[Finding]:
    try:
        # Whoever asks what is wrong wants to know it now.
        client = wiring.open_client(tmdb_url=tmdb_url, rate=None, max_concurrent=1, max_retries=0)
    except ConfigurationError as error:
        # What is wrong with the address, a proxy or certificates is no fault of the key.
        what = "key" if isinstance(error, MissingCredentials) else "set-up"
        return [Finding(what, ok=False, said=str(error))]
    async with client:
        try:
            server_time = await client.check_credentials()
        except SourceError as error:
            said = f"{error}"
            if isinstance(error, CertificateRefused):
                said += f"; {error.ADVICE}"
            elif isinstance(error, (ConnectionFailed, TimedOut)):
                why = unreached(error.message)
                said = (
                    f"{client.base_url} cannot be reached ({why}); is the network up? A proxy is named by HTTPS_PROXY"
                )
            return [Finding("TMDB", ok=False, said=said)]
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


async def _allowance(address: str, tmdb_url: str | None) -> list[Finding]:
    """Check whether the shared allowance can be reached, and who shares it; take nothing from it."""
    try:
        client = wiring.open_client(tmdb_url=tmdb_url, rate=None, max_concurrent=1, shared=address)
    except MissingCredentials:
        # Whose allowance it would be is not known, and that there is no key was said.
        return []
    except ConfigurationError as error:
        return [Finding("allowance", ok=False, said=str(error))]
    assert client.token_server  # noqa: S101 - for mypy: it has an address
    try:
        seen = await client.token_server.look()
    except AyneError as error:
        return [Finding("allowance", ok=False, said=str(error))]
    finally:
        await client.aclose()
    told = "nobody shares it at the moment"
    if seen:
        programs = f"{seen.programs} {'program shares' if seen.programs == 1 else 'programs share'}"
        told = f"{programs} {seen.rate:g} requests a second, with bursts of {seen.burst:g}"
    return [Finding("allowance", ok=True, said=f"{client.token_server.name} answers; {told}")]


def _file(path: Path) -> Iterator[Finding]:
    from ayne.data_collection.retention import clock_doubt

    folder = path.absolute().parent
    if not folder.is_dir():
        yield Finding("file", ok=False, said=f"the folder {folder} does not exist; make it or name another with --db")
        return
    if path.exists():
        try:
            store = wiring.open_store(path)
            films = store.query("SELECT count(*) FROM movies").rows[0][0]
            yield Finding("file", ok=True, said=f"{path} has {films:,} films")
            if doubt := clock_doubt(datetime.now(UTC), None, store.newest_moment()):
                yield Finding("clock", ok=True, said=f"{doubt}; is this machine's clock right?", warning=True)
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
