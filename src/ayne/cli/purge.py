"""``ayne purge``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ayne.cli import options, tables, wiring
from ayne.cli.terminal import show, show_json
from ayne.errors import ConfigurationError

if TYPE_CHECKING:
    from ayne.kinds import Kind

_WORDS = {
    "details": "details of {}",
    "summaries": "{} that only a list named",
    "parts": "parts of {}",
    "answers": "stored answers",
    "observations": "rows of history",
    "exported": "{} of the daily id exports",
}


@click.command(short_help="Remove copies that TMDB's terms no longer allow.")
@click.option("--dry-run", is_flag=True, help="Show how much would be removed, and remove nothing.")
@click.option(
    "--history",
    is_flag=True,
    help="Also remove rows of history of that age where the copy is newer; the newest row of each stays.",
)
@click.option(
    "--trust-clock", is_flag=True, help="Remove copies although times in the file suggest that this clock is wrong."
)
@options.stored_kind_option
@options.db_option
@options.json_option
def purge(
    dry_run: bool,
    history: bool,
    trust_clock: bool,
    kinds: tuple[Kind, ...] | None,
    db: Path | None,
    as_json: bool,
) -> None:
    """Remove copies that TMDB's terms no longer allow you to keep: those not renewed for six months.

    Ids stay, with when each was first seen and whether it is gone or merged; so do ayne's records of its own work. What
    TMDB still has is fetched again when TMDB lists it again.

    \b
    ayne purge --dry-run
    """
    from ayne.data_collection.retention import LONGEST_KEPT, clock_doubt, to_be_removed_before

    path = options.database(db)
    store = wiring.open_store(path)

    now = datetime.now(UTC)
    before = to_be_removed_before(now)
    doubt = None if trust_clock else clock_doubt(now, None, store.newest_moment())
    stores = {kind: store.of(kind) for kind in kinds or store.kinds}
    found = {kind: asdict(of_kind.overdue(before, history=history)) for kind, of_kind in stores.items()}
    if doubt and not dry_run and any(any(counts.values()) for counts in found.values()):
        raise ConfigurationError(
            f"Nothing was removed: {doubt}. If the clock is right, add --trust-clock; if not, set it. `ayne doctor` "
            "compares it with the server's."
        )
    if not dry_run and any(any(counts.values()) for counts in found.values()):
        # Not under the feet of a collection.
        with store.collecting():
            found = {kind: asdict(of_kind.purge(before, history=history)) for kind, of_kind in stores.items()}
    if as_json:
        told: dict[str, Any] = {kind.name: counts for kind, counts in found.items()}
        told = told if len(told) > 1 else next(iter(told.values()))
        show_json(tables.as_json({"database": str(path), "before": before, "removed": not dry_run, **told}))
        return
    for kind, counts in found.items():
        for name, count in counts.items():
            if count:
                show(f"{count:>12,} {_WORDS[name].format(kind.plural)}")
    what = "to be removed" if dry_run else "removed"
    total = sum(sum(counts.values()) for counts in found.values())
    show(
        f"{path}: {total:,} {what}, older than {LONGEST_KEPT.days} days"
        if total
        else f"{path}: nothing is older than {LONGEST_KEPT.days} days"
    )
