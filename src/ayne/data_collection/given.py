"""Fetch the films of a list by the ids that it gives, and give each row an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ayne.data_collection.collection import CollectionRun, Entries, Search, Word
from ayne.data_collection.given_files import GivenList
from ayne.data_collection.given_ids import GivenAnswer, GivenOutcome, not_one
from ayne.data_collection.ports import DetailsExecutor
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged
from ayne.data_collection.verdicts import AGAIN_AFTER, unconfirmed
from ayne.errors import OutOfReach, SourceError, Unauthorized
from ayne.kinds.imdb_ids import numbered

# TMDB may have by then what it has not today, or another id of IMDb's.
NOT_FOUND_AGAIN_AFTER = timedelta(days=30)

# For so many films that TMDB says it has not, one is asked for that it certainly has, where that is in doubt.
_FILMS_FOR_EACH_VOUCHER = 50

# What else an IMDb id may name at TMDB.
_NOT_FILMS = {
    "movie": "a film",
    "tv": "a series",
    "tv_episode": "an episode of a series",
    "tv_season": "a season of a series",
    "person": "a person",
}


@dataclass(frozen=True, slots=True)
class CollectGiven:
    """The job of fetching the films of a list into a store.

    Attributes:
        listed: the list, as it was read.
        append: parts to fetch with the details.
        keep_raw: also keep each film's answer as received.
        limit: the most films to fetch, None for all; the others stay waiting.
        renew: fetch those that are stored, too.
        executor: who fetches the details; by default the source.
    """

    listed: GivenList
    append: tuple[str, ...]
    keep_raw: bool
    limit: int | None
    renew: bool
    executor: DetailsExecutor | None

    def asked(self) -> dict[str, Any]:
        """Return the question, as the run stores it."""
        listed = self.listed
        told = {"file": listed.name, "digest": listed.digest, "columns": listed.columns, "limit": self.limit}
        return {"given": told}

    async def work(self, run: CollectionRun) -> None:
        """Fetch the films of the list that are not stored, and enter what becomes of each row.

        The list is entered once; by the same list again, what is left of it is carried on.

        Raises:
            ServerFailure: so many in a row could not be fetched that the source must be out of reach.
        """
        store, listed, began = run.store, self.listed, run.clock.now()
        digest = listed.digest
        enter = partial(store.enter_given, renew=self.renew)
        await run.call(enter, listed.name, digest, listed.rows, run.append, began)
        waiting = Search(partial(store.count_given_waiting, digest), partial(store.given_waiting, digest))
        merged = partial(store.given_merged, digest, began)
        try:
            async with run.fetching_by(self.executor):
                with run.entering(_Rows(run, digest)):
                    await run.fetch_missing(waiting, Search(lambda: len(merged()), merged), limit=self.limit)
        finally:
            outcomes = await run.call(store.given_outcomes, digest)
            run.report.given = {
                "file": listed.name,
                "digest": digest,
                "columns": listed.columns,
                "rows": sum(outcomes.values()),
                "outcomes": outcomes,
            }


class _Rows(Entries):
    """Enters the outcomes of the rows of a list, and the films that they name."""

    advice = "Are these ids of TMDB's? Then run the same command again"

    def __init__(self, run: CollectionRun, digest: str) -> None:
        super().__init__(run)
        self._digest = digest
        # IMDb ids that were answered since the last close.
        self._answered: set[str] = set()
        # So many words are believed because the source was found to know its films.
        self._vouched = 0

    async def had(self, film: MovieDetails | Unchanged) -> None:
        """Enter a film as an answer to both of its ids."""
        if isinstance(film, Unchanged):
            await super().had(film)
            await self._answer(GivenAnswer(film.tmdb_id, None, "stored", film.tmdb_id))
            return
        told = film.get("imdb_id")
        imdb_id = numbered(int(told[2:]), self.run.kind.imdb) if told else None
        await self._answer(GivenAnswer(film["tmdb_id"], imdb_id, "stored", film["tmdb_id"]), movie=film)

    async def failed(self, failure: FetchFailure, again_at: datetime) -> None:
        """Enter that a film could not be fetched, and when to try again."""
        self.run.report.add_failure(failure)
        await self._refuse(failure, "failed", again_at, again_at)

    async def believed(self, word: Word) -> None:
        """Enter that a film is gone, merged, or never was."""
        failure, now = word.failure, self.run.clock.now()
        merged_into = failure.merged_into
        if word.is_held or merged_into is not None:
            self.run.report.add_failure(failure)
        if merged_into is not None and isinstance(failure.tmdb_id, int):
            answer = GivenAnswer(failure.tmdb_id, None, "merged", merged_into)
            await self._answer(answer, failure=(failure, now))
        elif word.is_held:
            await self._refuse(failure, "gone", None, now)
        else:
            await self._refuse(failure, "not found", now + NOT_FOUND_AGAIN_AFTER, now)

    async def is_told_otherwise(self, failure: FetchFailure) -> bool:
        """Return whether TMDB has something other than a film by an IMDb id; this takes a request."""
        imdb_id = failure.tmdb_id
        if not isinstance(imdb_id, str):
            return False
        try:
            found = await self.run.source.find_imdb_id(imdb_id)
        except (Unauthorized, OutOfReach):
            raise
        except SourceError:
            return False
        kind = self.run.kind
        if kind.found in found:
            # It has the film and says that it has not: its answers are of different moments.
            await self.failed(unconfirmed(failure), self.run.clock.now() + AGAIN_AFTER)
            return True
        for name, told in _NOT_FILMS.items():
            if name in found:
                await self._answer(GivenAnswer(None, imdb_id, not_one(kind), None, told))
                return True
        return False

    async def is_vouched_for(self) -> bool:
        """Return whether the source still has a film that certainly exists, so that it can be believed about others."""
        if not self._vouched:
            run = self.run
            known = await run.call(run.store.voucher)
            if known is not None:
                fetcher = run.fetcher or run.source
                async with aclosing(fetcher.iter_details(run.kind, [known])) as films:
                    async for film in films:
                        self._vouched = 0 if isinstance(film, FetchFailure) else _FILMS_FOR_EACH_VOUCHER
        is_vouched_for = self._vouched > 0
        self._vouched -= is_vouched_for
        return is_vouched_for

    async def close(self, ids: Sequence[int | str]) -> None:
        """Enter a failure for each IMDb id for which a film came that names none."""
        for imdb_id in ids:
            if isinstance(imdb_id, str) and imdb_id not in self._answered:
                said = f"TMDB answered with a {self.run.kind.noun} that names no IMDb id"
                await self._answer(GivenAnswer(None, imdb_id, "failed", None, said, self.run.clock.now()))
        self._answered.clear()

    async def _refuse(
        self, failure: FetchFailure, outcome: GivenOutcome, again_at: datetime | None, known_at: datetime
    ) -> None:
        """Enter why there is no film; of one that is named by TMDB's id, among its failures, too."""
        asked = failure.tmdb_id
        if isinstance(asked, str):
            await self._answer(GivenAnswer(None, asked, outcome, None, failure.message, again_at))
        else:
            answer = GivenAnswer(asked, None, outcome, None, failure.message, again_at)
            await self._answer(answer, failure=(failure, known_at))

    async def _answer(
        self,
        answer: GivenAnswer,
        *,
        movie: MovieDetails | None = None,
        failure: tuple[FetchFailure, datetime] | None = None,
    ) -> None:
        if answer.imdb_id is not None:
            self._answered.add(answer.imdb_id)
        await self.run.writer.add_answer(self._digest, answer, movie=movie, failure=failure)
