"""Format the state of a running job: several lines for a terminal, one line for a log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ayne.cli.sanitize import sanitize
from ayne.cli.tables import many

if TYPE_CHECKING:
    from ayne.data_collection.run_report import Progress, Snapshot

Tone = Literal["plain", "strong", "quiet", "waiting", "failing"]

_NAMES = {
    "discover": "discovering pages",
    "export": "downloading ids",
    "changes": "reading changes",
    "details": "fetching {}",
    "refresh": "refreshing {}",
    "numbers": "renewing votes",
    "ratings": "fetching ratings",
    "rebuild": "reading answers",
}

# A pause that is over this soon is no news.
_SHORTEST_PAUSE_SECONDS = 0.5

_NARROWEST = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its style; the line can be read without it."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Moment:
    """A run at one moment.

    Attributes:
        title: which command does what, and to which file.
        now: the moment, in the zone that times are to be told in.
        seconds: how long it has run.
        seen: what it says of itself.
        request_rate: requests a second lately; None when it is too early to say.
        done_rate: pages, bytes or films of the phase at work a second lately.
        allowance: the most requests a second, None for no limit.
        ending: it was asked to stop.
        over: it has come to its end.
        words: what is collected: one of it, and many.
    """

    title: str
    now: datetime
    seconds: float
    seen: Snapshot
    request_rate: float | None = None
    done_rate: float | None = None
    allowance: float | None = None
    ending: bool = False
    over: bool = False
    words: tuple[str, str] = ("film", "films")


def lines_of(moment: Moment, width: int = 80) -> list[Line]:
    """Return the whole view, in lines that are no longer than ``width``.

    >>> from datetime import UTC
    >>> from ayne.data_collection.run_report import Progress, Snapshot
    >>> phases = (Progress("discover", 5, 5, 0, 5), Progress("details", 25, 100, 2, 33))
    >>> seen = Snapshot(phases, 33, 90_000, failures={"not_found": 2})
    >>> at = Moment("ayne collect", datetime(2026, 2, 14, tzinfo=UTC), 8, seen, 3.9, 3.9, allowance=4)
    >>> for line in lines_of(at, 60):
    ...     print(line.text)
    ayne collect                                             8 s
    done  discovering pages               5 of 5   100 %
    now   fetching films               25 of 100    25 %
          [##########................................] 19 s left
          3.9 of 4 requests a second, 33 in all, 0.1 MB
    fail  2 films could not be fetched (not found 2)
    """
    width = max(width, _NARROWEST)
    seen = moment.seen
    lines = [Line(_title(moment, width), "strong")]
    lines += [Line(f"done  {_counted(progress, moment, width - 6)}", "quiet") for progress in seen.phases[:-1]]
    if not seen.phases and not moment.over:
        lines.append(Line("now   beginning"))
    if seen.phases:
        last = seen.phases[-1]
        lines.append(
            Line(
                f"{'done' if moment.over and last.done >= last.total else 'now '}  {_counted(last, moment, width - 6)}"
            )
        )
        if not moment.over:
            lines.append(Line(f"      {_bar(last, _left(moment), width - 6)}"))
    if seen.requests or (moment.allowance and not moment.over):
        lines.append(Line(f"      {', '.join(_traffic(moment))}", "quiet"))
    lines += [Line(f"wait  {reason}", "waiting") for reason in _waits(moment)]
    if seen.failures:
        count = sum(seen.failures.values())
        what = f"{many(count, *moment.words)} could not be fetched ({_by_reason(seen.failures)})"
        lines.append(Line(f"fail  {what}", "failing"))
    if moment.ending and not moment.over:
        lines.append(Line("stop  after the commit under way; Ctrl-C again leaves at once", "waiting"))
    return [Line(_cut(line.text, width), line.tone) for line in lines]


def log_line(moment: Moment) -> str:
    """Return the view in one line, for a log.

    >>> from datetime import UTC
    >>> from ayne.data_collection.run_report import Progress, Snapshot
    >>> seen = Snapshot((Progress("details", 1200, 4800, 3, 1300),), 1300)
    >>> log_line(Moment("ayne collect", datetime(2026, 2, 14, 12, 3, 11, tzinfo=UTC), 300, seen, 4.0, 4.0, 4))
    '12:03:11 fetching films: 1,200 of 4,800, 25 %, 4.0 of 4 requests a second, 15 min left, 3 failed'
    """
    seen = moment.seen
    parts = []
    if seen.phases:
        last = seen.phases[-1]
        parts += [f"{_name(last, moment)}: {_amount(last)}", f"{_share(last):.0f} %"]
    if moment.request_rate is not None and moment.allowance and not moment.over:
        parts.append(_rate(moment))
    if not moment.over and (left := _left(moment)):
        parts.append(f"{left} left")
    if seen.phases and seen.phases[-1].failures:
        parts.append(f"{seen.phases[-1].failures:,} failed")
    parts += _waits(moment)
    return f"{moment.now:%H:%M:%S} {', '.join(parts) or 'beginning'}"


def pause_of(moment: Moment) -> datetime | None:
    """Return when the pause ends that a source has asked for, None when there is none."""
    until = moment.seen.paused_until
    still = until is not None and (until - moment.now).total_seconds() > _SHORTEST_PAUSE_SECONDS
    return until if still and not moment.over else None


def _title(moment: Moment, width: int) -> str:
    took = duration(moment.seconds)
    return f"{_cut(sanitize(moment.title), width - len(took) - 2):<{width - len(took)}}{took}"


def _name(progress: Progress, moment: Moment) -> str:
    return _NAMES[progress.phase].format(moment.words[1])


def _counted(progress: Progress, moment: Moment, room: int) -> str:
    """Return the phase, how much of the total is done, and the percentage where there is room for it."""
    name, amount, share = f"{_name(progress, moment):<18}", _amount(progress), f"{_share(progress):>6.0f} %"
    whole = f"{name}{amount:>20}{share}"
    return whole if len(whole) <= room else f"{name}{amount:>{max(0, room - len(name))}}"


def _amount(progress: Progress) -> str:
    if progress.phase == "export":
        return f"{progress.done / 1e6:.1f} of {progress.total / 1e6:.1f} MB"
    return f"{progress.done:,} of {progress.total:,}"


def _share(progress: Progress) -> float:
    return 100 * progress.done / progress.total if progress.total else 100.0


def _left(moment: Moment) -> str:
    """Return how long the current phase will still take, pauses included; empty when that is not known."""
    last = moment.seen.phases[-1] if moment.seen.phases else None
    if not last or not moment.done_rate or last.done >= last.total:
        return ""
    pause = pause_of(moment)
    waiting = (pause - moment.now).total_seconds() if pause else 0.0
    seconds = waiting + (last.total - last.done) / moment.done_rate
    return duration(seconds) if seconds >= 1 else ""


def _bar(progress: Progress, left: str, width: int) -> str:
    beside = f" {left} left" if left else ""
    room = width - len(beside) - 2
    full = min(room, int(room * _share(progress) / 100))
    return f"[{'#' * full}{'.' * (room - full)}]{beside}"


def _traffic(moment: Moment) -> list[str]:
    seen = moment.seen
    told = [] if moment.over else [_rate(moment)]
    told.append(f"{many(seen.requests, 'request') if moment.over else f'{seen.requests:,} in all'}")
    told += [f"{seen.bytes_received / 1e6:,.1f} MB"] if seen.bytes_received else []
    return [*told, *([f"{sum(seen.retries.values()):,} asked again"] if seen.retries else [])]


def _rate(moment: Moment) -> str:
    lately = "-" if moment.request_rate is None else f"{moment.request_rate:.1f}"
    return f"{lately}{f' of {moment.allowance:g}' if moment.allowance else ''} requests a second"


def _waits(moment: Moment) -> list[str]:
    """Return what waits, and why."""
    seen, waits = moment.seen, []
    if pause := pause_of(moment):
        waits.append(
            f"paused by a 429 until {pause.astimezone(moment.now.tzinfo):%H:%M:%S}, {_from_now(pause, moment)}"
        )
    elif (slowed := seen.slowed_until) and slowed > moment.now and not moment.over:
        waits.append(f"slower after a 429 until {slowed.astimezone(moment.now.tzinfo):%H:%M:%S}")
    waiting = {reason: count for reason, count in seen.backing_off.items() if count > 0}
    if waiting and not moment.over:
        count = sum(waiting.values())
        waits.append(f"{many(count, 'request')} to be asked again ({_by_reason(waiting)})")
    if seen.quota_left == 0 and seen.quota_resets_at:
        waits.append(f"OMDb's quota is spent until midnight UTC, {_from_now(seen.quota_resets_at, moment)}")
    return waits


def _from_now(then: datetime, moment: Moment) -> str:
    return f"{duration(max(0.0, (then - moment.now).total_seconds()))} from now"


def _by_reason(counts: Mapping[str, int]) -> str:
    by_size = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in by_size)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


def duration(seconds: float) -> str:
    """Format a duration for people.

    >>> duration(42), duration(200), duration(9000)
    ('42 s', '3 min', '2 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
