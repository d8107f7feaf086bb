"""Charts of how complete and how fresh the films are, and of what that took: columns, which the script draws."""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ayne.report.facts import WEEKS_ALLOWED, Facts, Row

# What the ledger says of a year, the best first; with what is said of it in words, and the colour in the style sheet.
_STATES = {
    "proven": ("proven complete", "good"),
    "best effort": ("best effort: TMDB lists fewer than it reports", "warn"),
    "capped": ("capped by --max-pages", "c3"),
    "overfull": ("overfull: TMDB does not list all", "bad"),
    "open": ("open: pages are missing", "c4"),
    None: ("not discovered by year", "quiet"),
}

_REASONS = ("warn", "bad", "c3", "c4", "c5")


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns beside each other, and what they say in words.

    Attributes:
        title: what it shows.
        said: the same in a sentence or two, for whoever does not see it, and to read it by.
        unit: what is counted.
        x: what each column is of.
        stacks: what lies on each other in a column: its name, its colour in the style sheet, and a height a column.
        told: what is said of the column that is pointed at.
    """

    title: str
    said: str
    unit: str
    x: list[int | str] = field(default_factory=list)
    stacks: list[tuple[str, str, list[int]]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def is_worth_drawing(self) -> bool:
        """Whether it has more than its words say: one column is a sentence, and so are two."""
        return sum(any(values) for values in zip(*(values for _, _, values in self.stacks), strict=True)) > 2


def share(part: int, whole: int) -> str:
    """A share in percent; rounding makes no more of it than it is.

    >>> share(9_999, 10_000), share(1, 3), share(0, 0)
    ('99 %', '33 %', '0 %')
    """
    return f"{100 * part // whole if whole else 0} %"


def all_charts(facts: Facts) -> dict[str, Chart]:
    """Every chart of the page that no filter changes, by name."""
    return {"coverage_chart": years(facts), "ages": ages(facts), "requests": requests(facts)}


def years(facts: Facts) -> Chart:
    """Films by year of release, coloured by what the ledger says of the year."""
    dated = sorted((row for row in facts.years if row["year"] is not None), key=lambda row: int(row["year"]))
    lacking = [max(0, (row["reported"] or 0) - (row["listed"] or 0)) for row in dated]
    stacks = [
        (words, tone, [row["films"] if row["coverage"] == state else 0 for row in dated])
        for state, (words, tone) in _STATES.items()
    ]
    stacks.append(("reported, but not listed", "lacking", lacking))
    said = "No year is known yet."
    if dated:
        films, proven = (
            sum(row["films"] for row in rows) for rows in (dated, [row for row in dated if row["coverage"] == "proven"])
        )
        said = f"{share(proven, films)} of {films:,} films are of years that are proven complete."
    if any(lacking):
        said += f" {sum(lacking):,} more are reported by TMDB, and not listed."
    told = [
        f"{row['year']}: {row['films']:,} films, {row['with_details']:,} with details; "
        f"{_STATES[row['coverage']][0]}{_reported(row)}"
        for row in dated
    ]
    return Chart("How complete each year is", said, "films", [row["year"] for row in dated], _used(stacks), told)


def _reported(row: Row) -> str:
    return "" if row["reported"] is None else f": {row['listed']:,} listed of {row['reported']:,} reported"


def ages(facts: Facts) -> Chart:
    """How old the stored details are, and how near the limit that TMDB's terms set."""
    found = {row["week"]: row["films"] for row in facts.ages}
    weeks = list(range(max([WEEKS_ALLOWED, *found]) + 1))
    near, over = WEEKS_ALLOWED - 2, WEEKS_ALLOWED

    def among(name: str, tone: str, first: int, end: int) -> tuple[str, str, list[int]]:
        return name, tone, [found.get(week, 0) if first <= week < end else 0 for week in weeks]

    stacks = [
        among("fresh enough", "c1", 0, near),
        among("near six months", "warn", near, over),
        among("older than six months", "bad", over, len(weeks)),
    ]
    expiring, overdue = facts.expiring["expiring"], facts.expiring["overdue"]
    oldest = facts.overview["oldest_details_at"]
    said = f"The oldest copy is of {oldest:%Y-%m-%d}. " if oldest else ""
    said += "TMDB's terms allow no copy older than six months."
    if overdue:
        said += f" {overdue:,} films may no longer be kept: fetch them again, or run ayne purge."
    said += f" {expiring:,} come near that within a week." if expiring else " None comes near that within a week."
    told = [f"{found.get(week, 0):,} films, {week} to {week + 1} weeks old" for week in weeks]
    return Chart("How old the copies are, in weeks", said, "films", list(weeks), _used(stacks), told)


def requests(facts: Facts) -> Chart:
    """What each of the last runs sent, and what it had to send again."""
    runs = [run for run in reversed(facts.runs) if run["report"]]
    again = [run["report"].get("retries", {}) for run in runs]
    sent = [run["report"].get("requests", 0) for run in runs]
    first = [max(0, count - sum(retries.values())) for count, retries in zip(sent, again, strict=True)]
    stacks: list[tuple[str, str, list[int]]] = [("requests", "c1", first)]
    for place, reason in enumerate(sorted({reason for retries in again for reason in retries})):
        words = f"asked again: {reason.replace('_', ' ')}"
        stacks.append((words, _REASONS[place % len(_REASONS)], [retries.get(reason, 0) for retries in again]))
    repeated = sum(sum(retries.values()) for retries in again)
    said = f"{sum(sent):,} requests in {len(runs)} {'run' if len(runs) == 1 else 'runs'}"
    said += f", {repeated:,} of them because an answer failed or TMDB asked to wait" if repeated else ""
    waited = sum(run["report"].get("paused_seconds", 0) for run in runs)
    said += f"; the pauses that TMDB asked for add up to {waited:,.0f} seconds." if waited else "."
    told = [
        f"run {run['run_id']}, {run['started_at']:%Y-%m-%d %H:%M} UTC: {count:,} requests, {speed(run):.1f} a second; "
        f"{sum(retries.values()):,} asked again"
        for run, count, retries in zip(runs, sent, again, strict=True)
    ]
    x: list[int | str] = [run["run_id"] for run in runs]
    return Chart("Requests, run by run", said, "requests", x, _used(stacks), told)


def speed(run: Row) -> float:
    """Requests a second, over the whole run."""
    seconds = run["report"].get("seconds") or 0
    return float(run["report"].get("requests", 0) / seconds) if seconds else 0.0


def _used(stacks: Sequence[tuple[str, str, list[int]]]) -> list[tuple[str, str, list[int]]]:
    return [stack for stack in stacks if any(stack[2])]
