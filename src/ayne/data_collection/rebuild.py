"""Derive the tables again from the kept answers, without a request.

A later ayne reads more of an answer than the one that fetched it. Each batch of films is one transaction, so a rebuild
that was broken off leaves every film old or new, and the next one begins again and does no harm to what is done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from ayne.data_collection.answers import KeptAnswer
from ayne.data_collection.run_report import Rebuilt
from ayne.data_collection.tmdb.models import MovieDetails
from ayne.data_collection.tmdb.records import read_again
from ayne.errors import BadPayload, SourceError, StoreError
from ayne.kinds import Kind

log = logging.getLogger("ayne.rebuild")

# A film with all its parts has some 60 kB as it comes and ten times that while it is read.
FILMS_AT_ONCE = 500


class AnswerStore(Protocol):
    """Where answers are kept; :class:`~ayne.database.duckdb_client.DuckDBClient` is one."""

    @property
    def kind(self) -> Kind:
        """The kind that it holds."""
        ...

    def collecting(self) -> AbstractContextManager[None]:
        """Let no other process collect into this store inside the context."""
        ...

    def count_kept_answers(self) -> int:
        """Count the films whose answers were kept."""
        ...

    def kept_answers(self, after: int, films: int) -> list[KeptAnswer]:
        """Return the answers of the next films by id, each film's together and the oldest first."""
        ...

    def commit_rebuilt(self, films: Sequence[MovieDetails]) -> Rebuilt:
        """Store films that were read again, in one transaction."""
        ...


@dataclass(slots=True)
class RebuildReport:
    """What a rebuild did.

    Attributes:
        films: films whose answers were read again.
        unusable: ids of films with an answer that could not be read; they were left as they are.
        written: what came of the others.
    """

    films: int = 0
    unusable: list[int] = field(default_factory=list)
    written: Rebuilt = field(default_factory=Rebuilt)

    def as_dict(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return {
            "films": self.films,
            "outdated": self.written.outdated,
            "unusable": self.unusable,
            "rows": dict(sorted(self.written.rows.items())),
            "unreadable": self.written.unreadable,
            "leftovers": dict(sorted(self.written.leftovers.items())),
        }


def rebuild(
    store: AnswerStore, on_progress: Callable[[int, int], None] | None = None, *, films_at_once: int = FILMS_AT_ONCE
) -> RebuildReport:
    """Make the films and their parts again from the answers that were kept.

    When a film was first seen, whether it is gone, and what came later than the answer stays as it is.

    Args:
        store: where the answers are, and the tables.
        on_progress: called with the films done and the films there are, after each batch.
        films_at_once: how many films make a batch.

    Raises:
        StoreError: there are no answers, or the file cannot be used.
        StoreBusy: somebody is collecting into it.
    """
    report = RebuildReport()
    with store.collecting():
        total = store.count_kept_answers()
        if not total:
            raise StoreError(
                "There are no answers to rebuild from: they were collected with --no-raw, or by an ayne that kept "
                "none. The next `ayne collect` keeps those of the films it fetches."
            )
        after = 0
        while answers := store.kept_answers(after, films_at_once):
            after = answers[-1].tmdb_id
            report.films += len({answer.tmdb_id for answer in answers})
            report.written.add(store.commit_rebuilt(_read(answers, report, store.kind)))
            if on_progress:
                on_progress(report.films, total)
    return report


def _read(answers: list[KeptAnswer], report: RebuildReport, kind: Kind) -> list[MovieDetails]:
    films: list[MovieDetails] = []
    for answer in answers:
        try:
            film = read_again(answer.body, answer.observed_at, answer.parts, kind)
            if film["tmdb_id"] != answer.tmdb_id:
                raise BadPayload(f"it is of {kind.noun} {film['tmdb_id']}")
        except SourceError as error:
            log.warning("the answer kept of %s %d is of no use: %s", kind.noun, answer.tmdb_id, error)
            if answer.tmdb_id not in report.unusable[-1:]:
                report.unusable.append(answer.tmdb_id)
        else:
            films.append(film)
    return films
