"""The progress of a run, and its report."""

# Pure: values in, values out.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from html import escape
from typing import Any, Literal, NamedTuple, Protocol

from ayne.data_collection.tmdb.models import FetchFailure
from ayne.kinds import MOVIE, Kind

Phase = Literal["discover", "export", "details", "changes", "refresh", "numbers", "ratings", "rebuild"]
RunOutcome = Literal["done", "interrupted", "stopped"]

# What a report names one by one; the store has them all.
_FAILURES_NAMED = 1000


@dataclass(slots=True)
class Rebuilt:
    """What came of deriving tables again from kept answers.

    Attributes:
        outdated: films whose stored details are newer than the kept answer; they were not changed.
        rows: rows written, by table.
        unreadable: rows of parts that had to be left out.
        leftovers: how often each key occurred that no column holds, or whose value could not be read.
    """

    outdated: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    leftovers: Counter[str] = field(default_factory=Counter)

    def add(self, other: Rebuilt) -> None:
        """Add the counts of another."""
        self.outdated += other.outdated
        self.rows += other.rows
        self.unreadable += other.unreadable
        self.leftovers += other.leftovers


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Compares the exports with the finished sweeps: numbers of films.

    Attributes:
        exported: films that the newest exports name.
        listed: films that a finished sweep listed.
        both: films that both have.
        only_in_export: films that no finished sweep listed.
        only_listed: films that the newest exports do not name.
        only_in_export_video: films only in an export that are flagged ``video``.
        only_in_export_adult: of the rest, films flagged ``adult``.
        only_in_export_undated: of the rest, films whose details have no release date.
        only_in_export_gone: of the rest, films that TMDB no longer has, or answers with another id.
        only_in_export_dated: of the rest, films with a release date: outside of the sweeps, or missed.
        only_in_export_unasked: of the rest, films without stored details, so that the reason is unknown.
        union: films that either has.
    """

    exported: int
    listed: int
    both: int
    only_in_export: int
    only_listed: int
    only_in_export_video: int
    only_in_export_adult: int
    only_in_export_undated: int
    only_in_export_gone: int
    only_in_export_dated: int
    only_in_export_unasked: int
    union: int


def told_outcome(outcome: str | None, *, is_at_work: bool) -> str:
    """Return how a run ended; one without an outcome is under way, or its process was killed.

    >>> told_outcome("done", is_at_work=True), told_outcome(None, is_at_work=False)
    ('done', 'killed')
    """
    return outcome or ("running" if is_at_work else "killed")


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run: ``done`` of ``total`` pages, then bytes of an export, then films."""

    phase: Phase
    done: int
    total: int
    failures: int = 0
    requests: int = 0


class TrafficCounters(Protocol):
    """The counters of a source."""

    requests: int
    bytes_received: int
    retries: Counter[str]
    paused_seconds: float
    paused_until: datetime | None
    slowed_until: datetime | None
    backing_off: Counter[str]


class Counted(Protocol):
    """Counts what it sends and receives."""

    @property
    def traffic(self) -> TrafficCounters:
        """The counters, as they are now."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a collection is doing at one moment: for a live view, or for the metrics of a host application.

    Counts only grow during a run, and keep their values until the next one begins.

    Attributes:
        phases: the progress of each phase that has begun, in order; the last one is under way.
        requests: requests sent, retries included.
        bytes_received: bytes of bodies, as sent over the network.
        retries: further attempts, by the reason of the one before, like ``rate_limited`` or ``timed_out``.
        paused_seconds: seconds that sources asked to wait with a 429, in all.
        paused_until: when the latest pause ends or ended, None when there was none.
        slowed_until: when requests reach the full rate again after it, None when they always had it.
        backing_off: requests that wait for a retry at this moment, by reason.
        rows: rows committed to the store: ``pages`` of lists, ``films``, films that were ``unchanged``, and
            ``ratings``.
        failures: films and titles that could not be fetched, by reason.
        quota_left: requests that OMDb still grants today, None when it was not asked.
        quota_resets_at: when the quota is full again.

    Example:
        >>> Snapshot(requests=3, rows={"films": 2}) + Snapshot(requests=1, rows={"films": 1, "ratings": 1})
        ... # doctest: +ELLIPSIS
        Snapshot(phases=(), requests=4, ... rows={'films': 3, 'ratings': 1}, ...)
    """

    phases: tuple[Progress, ...] = ()
    requests: int = 0
    bytes_received: int = 0
    retries: Mapping[str, int] = field(default_factory=dict)
    paused_seconds: float = 0.0
    paused_until: datetime | None = None
    slowed_until: datetime | None = None
    backing_off: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    quota_left: int | None = None
    quota_resets_at: datetime | None = None

    def __add__(self, other: Snapshot) -> Snapshot:
        """Add two snapshots; the other one's quota counts."""
        return Snapshot(
            phases=self.phases + other.phases,
            requests=self.requests + other.requests,
            bytes_received=self.bytes_received + other.bytes_received,
            retries=_sum(self.retries, other.retries),
            paused_seconds=self.paused_seconds + other.paused_seconds,
            paused_until=max(filter(None, (self.paused_until, other.paused_until)), default=None),
            slowed_until=max(filter(None, (self.slowed_until, other.slowed_until)), default=None),
            backing_off=_sum(self.backing_off, other.backing_off),
            rows=_sum(self.rows, other.rows),
            failures=_sum(self.failures, other.failures),
            quota_left=self.quota_left if other.quota_left is None else other.quota_left,
            quota_resets_at=other.quota_resets_at or self.quota_resets_at,
        )

    def since(self, before: Snapshot) -> Snapshot:
        """Return what was sent and received since an earlier moment."""
        return replace(
            self,
            requests=self.requests - before.requests,
            bytes_received=self.bytes_received - before.bytes_received,
            retries=dict(Counter(self.retries) - Counter(before.retries)),
            paused_seconds=self.paused_seconds - before.paused_seconds,
        )

    @classmethod
    def of_traffic(cls, counters: Iterable[TrafficCounters]) -> Snapshot:
        """Return what several sources sent and waited for together."""
        snapshot = cls()
        for traffic in counters:
            snapshot += cls(
                requests=traffic.requests,
                bytes_received=traffic.bytes_received,
                retries=dict(traffic.retries),
                paused_seconds=traffic.paused_seconds,
                paused_until=traffic.paused_until,
                slowed_until=traffic.slowed_until,
                backing_off=dict(traffic.backing_off),
            )
        return snapshot


def _sum(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(first) + Counter(second))


@dataclass(slots=True)
class FeedReport:
    """What came of reading the change feed.

    Attributes:
        days: days (UTC) that were read.
        pages: pages received.
        seen: films they name, each once a day.
        provisional: films named by days that are not over; more may follow.
        ours: stored films that are now to be fetched again, and were not before.
        added: films not stored that are now to be fetched, and were not before.
        unreadable: rows that name no film; they are skipped.
        watermark: the last day whose films are all stored, gone, or listed as changed.
        gap: which days were not read, and why, in words.
    """

    days: int = 0
    pages: int = 0
    seen: int = 0
    provisional: int = 0
    ours: int = 0
    added: int = 0
    unreadable: int = 0
    watermark: date | None = None
    gap: str | None = None


class DaysOfFeed(NamedTuple):
    """How much one day of the change feed costs, by the last runs that read it: medians; None where no run says.

    Attributes:
        pages: pages of it.
        ours: what is stored and was fetched again because of it.
        new: what was fetched for the first time meanwhile.
    """

    pages: float | None = None
    ours: float | None = None
    new: float | None = None


@dataclass(slots=True)
class NumbersReport:
    """What came of renewing the numbers of stored films by lists.

    Attributes:
        films: stored films that lists can show.
        lists: pages that were chosen because they are worth most.
        all_lists: pages that would show all of them.
        close_before: the share of them that was expected to be within 1 vote or 1 percent of TMDB's count.
        close_expected: the share that is expected to be, when the chosen lists are in.
        pages: pages received.
        listed: rows on them.
        not_shown: films that their lists did not show; each was fetched with a request.
    """

    films: int = 0
    lists: int = 0
    all_lists: int = 0
    close_before: float = 1.0
    close_expected: float = 1.0
    pages: int = 0
    listed: int = 0
    not_shown: int = 0


@dataclass(slots=True)
class RunReport:
    """What a run did.

    Attributes:
        run_id: its number in the ``runs`` table.
        kind: the kind of the films.
        outcome: ``done``, ``interrupted`` (by :meth:`DataCollectionOrchestrator.stop`) or ``stopped`` by an error.
        discovery: ``walked`` from the start, ``carried on`` from an earlier run, or ``fresh``: recent enough not to be
            repeated.
        pages: pages of lists received.
        listed: rows on them, repeats included.
        details: films fetched that had no details, or lacked a part that was asked for.
        refreshed: films fetched again because they were due.
        refreshed_by_reason: how many of them for each reason: TMDB's ``terms``, that they ``changed``, or ``age``.
        feed: the result of reading the change feed, None when it was not read.
        numbers: the result of renewing numbers by lists, None when that was not done.
        new_ids: ids that an export named for the first time, to be fetched.
        outside: new films that were fetched, but not stored, because they are outside of the collection.
        unchanged: refreshed films that TMDB reported as unchanged.
        gone, merged: ids that TMDB no longer has, or answers with another.
        failed: films that could not be fetched, the first thousand.
        failures_by_reason: the number of all of them, by reason.
        waiting: listed films without details that failed before and may not be asked for yet.
        unreadable: rows of lists that could not be read.
        overfull: ranges with more films than TMDB can list.
        coverage: a summary of the discovery's ledger: ``films`` known of those ``reported``, and how many ranges are
            ``proven``, ``best_effort``, ``capped``, ``overfull`` and ``open``.
        stored: of the films that the discovery has listed so far, how many are ``listed``, ``with_details`` and still
            ``without_details``; empty when nothing was discovered.
        missing_pages: pages of lists that could not be fetched; the next run asks for them again.
        missing_exports: daily id exports that were not published, or could not be fetched.
        exports: the daily id exports that ids came from, in words.
        names: the number of names in the newest of them, for kinds that exports name.
        reconciliation: how many films only the exports know, only the sweeps, or both; see
            :class:`~ayne.data_collection.run_report.Reconciliation`.
        given: for a run on a list of films: its ``file``, its ``digest``, the ``columns`` that the ids come from, its
            ``rows``, and the number of rows with each outcome, as ``outcomes``.
        clock: why this machine's clock may be wrong, in words; then nothing is removed for its age.
        budget_spent: whether there was more to do than the run's budget allowed.
        purged: films that a sync removed because their copies were too old to be kept.
        imdb: what is stored of IMDb's file of ratings, when that was part of it; ``missing`` says why it is older.
        imdb_episodes: how many episodes were found in IMDb's file of episodes, when that was part of it; ``missing``
            says why it could not be fetched.
        ratings: the values of a :class:`~ayne.data_collection.ratings_report.RatingsReport`, when ratings were part of
            it.
        requests, retries, bytes_received: requests sent, further attempts by reason, and bytes of bodies.
        paused_seconds: seconds that the source asked to wait, in all.
        store_seconds: seconds in which the run waited for the store.
        seconds: the duration of the run.
    """

    run_id: int = 0
    kind: Kind = MOVIE
    outcome: RunOutcome = "done"
    discovery: Literal["walked", "carried on", "fresh"] = "walked"
    pages: int = 0
    listed: int = 0
    details: int = 0
    refreshed: int = 0
    refreshed_by_reason: dict[str, int] = field(default_factory=dict)
    feed: FeedReport | None = None
    numbers: NumbersReport | None = None
    new_ids: int = 0
    outside: int = 0
    unchanged: int = 0
    gone: int = 0
    merged: int = 0
    failed: list[FetchFailure] = field(default_factory=list)
    failures_by_reason: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    unreadable: int = 0
    overfull: list[str] = field(default_factory=list)
    missing_pages: list[str] = field(default_factory=list)
    missing_exports: list[str] = field(default_factory=list)
    coverage: dict[str, int] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    exports: list[str] = field(default_factory=list)
    names: int = 0
    reconciliation: dict[str, int] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    clock: str | None = None
    budget_spent: bool = False
    purged: int = 0
    imdb: dict[str, Any] = field(default_factory=dict)
    imdb_episodes: dict[str, Any] = field(default_factory=dict)
    ratings: dict[str, Any] = field(default_factory=dict)
    requests: int = 0
    retries: dict[str, int] = field(default_factory=dict)
    bytes_received: int = 0
    paused_seconds: float = 0.0
    store_seconds: float = 0.0
    seconds: float = 0.0

    def add_failure(self, failure: FetchFailure) -> None:
        """Count a film that could not be fetched. A film that is gone or merged is a fact, not a failure."""
        if failure.gone:
            self.gone += 1
        elif failure.merged_into is not None:
            self.merged += 1
        else:
            self.failures_by_reason[failure.reason] = self.failures_by_reason.get(failure.reason, 0) + 1
            if len(self.failed) < _FAILURES_NAMED:
                self.failed.append(failure)

    def __str__(self) -> str:
        """Return what the run did, in four lines for people."""
        return "\n".join(f"{name}: {told}" for name, told in self._told().items())

    def _repr_html_(self) -> str:
        """Return the same as a small table, which notebooks show."""
        rows = (
            f"<tr><th style='text-align:left'>{n}</th><td>{escape(told)}</td></tr>" for n, told in self._told().items()
        )
        return f"<table>{''.join(rows)}</table>"

    def _told(self) -> dict[str, str]:
        asked_again = sum(self.retries.values())
        lacking = [f"{count:,} failed ({reason})" for reason, count in sorted(self.failures_by_reason.items())]
        lacking += [f"{self.waiting:,} wait"] if self.waiting else []
        lacking += [f"{len(self.missing_pages):,} pages of lists could not be fetched"] if self.missing_pages else []
        lacking += [f"{len(self.overfull):,} ranges are overfull"] if self.overfull else []
        without = self.stored.get("without_details", 0)
        lacking += [f"{without:,} still without details"] if without else []
        return {
            "run": f"{self.outcome}, {'complete' if self.complete else 'not complete'}",
            self.kind.plural: f"{self.details:,} stored, {self.refreshed:,} refreshed, {self.gone:,} gone, "
            f"{self.merged:,} merged",
            "cost": f"{self.requests:,} requests ({asked_again:,} asked again) in {self.seconds:,.0f} s",
            "missing": ", ".join(lacking) or "nothing",
        }

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for is stored, or known to be gone."""
        lacking = self.failures_by_reason or self.waiting or self.unreadable or self.overfull or self.missing_pages
        lacking = lacking or self.missing_exports or "missing" in self.imdb or "missing" in self.imdb_episodes
        return self.outcome == "done" and not lacking

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, fit for JSON."""
        # A kind is told by its name, not by all that describes it.
        plain = asdict(replace(self, kind=None))  # type: ignore[arg-type]
        return {**plain, "kind": self.kind.name, "complete": self.complete}
