"""What a wrong clock, an outage of 404s and a mass merge do to a file, day by day.

    python -m benchmarks.doubts

A store of 200 films is refreshed or synced each night against a source in process, on clocks that are set. Each line is
a night: what the run said, how many films the view ``films`` holds, how many are marked as gone or merged, and how many
words wait to be confirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import click
from tests.nights import DAY, NOT_FOUND, OUTAGES, Nights, Said, film

from ayne.data_collection.run_report import RunReport
from ayne.errors import AyneError

_NIGHTS = 6
_AWAY = 3


def main() -> None:
    """Print all of it."""
    for name in ("404", "one film for all", "the next film"):
        _outage(f"an outage of {_AWAY} nights that answers each film with: {name}", OUTAGES[name])
    _outage("one film in 70 is gone for good, and nothing is wrong", lambda number: _deleted(number, 70), nights=2)
    _outage("all of a store of three films are gone for good", OUTAGES["404"], films=3, nights=_NIGHTS)
    for ahead in (-365, 365):
        _clock(ahead)
    _clock_of_ours()


def _deleted(number: int, each: int) -> Said:
    return (404, NOT_FOUND) if number % each == 0 else film(number)


def _outage(title: str, says: Callable[[int], Said], *, films: int = 200, nights: int = _AWAY) -> None:
    store = Nights(films)
    click.echo(f"\n{title}")
    for night in range(1, _NIGHTS + 1):
        store.source.says = says if night <= nights else film
        _line(night, store, store.refresh)
        store.source.now += DAY


def _clock(ahead: int) -> None:
    click.echo(f"\nthe server's clock is {ahead:+} days off for {_AWAY} nights of sync")
    store = Nights()
    for night in range(1, _NIGHTS + 1):
        store.source.clock_is_ahead = timedelta(days=ahead if night <= _AWAY else 0)
        _line(night, store, store.sync)
        store.source.now += DAY


def _clock_of_ours() -> None:
    click.echo(f"\nour own clock is a year ahead for {_AWAY} nights of sync, and back in 1970 on the last")
    store = Nights()
    for night in range(1, _NIGHTS + 1):
        off = 365 * DAY if night <= _AWAY else -20_000 * DAY if night == _NIGHTS else 0 * DAY
        ours = store.source.now + off
        _line(night, store, partial(store.sync, ours=ours))
        store.source.now += DAY


def _line(night: int, store: Nights, do: Callable[[], RunReport]) -> None:
    asked = len(store.source.asked)
    try:
        report = do()
    except AyneError as error:
        said = f"exit {2 if type(error).__name__ == 'ConfigurationError' else 1}: {error}"
    else:
        told = [f"{report.refreshed + report.details} had", f"{report.purged} purged"]
        told += [f"{count} {reason}" for reason, count in report.failures_by_reason.items()]
        told += [f"clock: {report.clock}"] if report.clock else []
        said = f"exit {0 if report.complete else 1}: {', '.join(told)}"
    waiting = store.count("failures WHERE starts_with(reason, 'unconfirmed_')")
    click.echo(
        f"  night {night}: {len(store.source.asked) - asked:>3} asked, films {store.seen:>3}, "
        f"marked {store.marked:>3}, unconfirmed {waiting:>3}; {said}"
    )


if __name__ == "__main__":
    main()
