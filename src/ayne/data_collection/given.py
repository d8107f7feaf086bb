"""Films that somebody names: each is asked for by whichever id it was named by, and each row ends with an outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ayne.data_collection.collection import GIVE_UP_AFTER, CollectionRun, Tally, Word
from ayne.data_collection.given_files import GivenList
from ayne.data_collection.given_ids import GivenAnswer
from ayne.data_collection.ports import DetailsExecutor
from ayne.data_collection.refresh import retry_at
from ayne.data_collection.tmdb.models import FetchFailure, MovieDetails, Unchanged
from ayne.data_collection.verdicts import AGAIN_AFTER, Docket, FilmOutcome, Standing, is_confirmed, unconfirmed
from ayne.errors import OutOfReach, ServerFailure, SourceError, Unauthorized
from ayne.kinds import MOVIE
from ayne.kinds.imdb_ids import numbered

# TMDB may have by then what it has not today, or another id of IMDb's.
NOT_FOUND_AGAIN_AFTER = timedelta(days=30)

# For so many films that TMDB says it has not, one is asked for that it certainly has, where that is in doubt.
_FILMS_FOR_EACH_VOUCHER = 50

# What else an IMDb id may name at TMDB.
_NOT_FILMS = {
    "tv": "a series",
    "tv_episode": "an episode of a series",
    "tv_season": "a season of a series",
    "person": "a person",
}

Id = int | str


@dataclass(frozen=True, slots=True)
class CollectGiven:
    """The job of bringing the films into a store that a list names.

    Attributes:
        listed: the list, as it was read.
        append: parts to fetch with the details.
        keep_raw: keep each film's answer as it came too.
        limit: the most films to fetch, None for all; the others stay waiting.
        renew: fetch those that are stored, too.
        language: in which the source answers.
        executor: who fetches the details; by default the source.
    """

    listed: GivenList
    append: tuple[str, ...]
    keep_raw: bool
    limit: int | None
    renew: bool
    language: str | None
    executor: DetailsExecutor | None

    def asked(self) -> dict[str, Any]:
        """Return what was asked for, as it is kept with the run."""
        listed = self.listed
        told = {"file": listed.name, "digest": listed.digest, "columns": listed.columns, "limit": self.limit}
        return {"given": told, "query": {"language": self.language}}

    async def work(self, run: CollectionRun) -> None:
        """Do it."""
        async with run.fetching_by(self.executor):
            await collect_given(run, self.listed, self.limit, renew=self.renew)


async def collect_given(
    run: CollectionRun, listed: GivenList, limit: int | None = None, *, renew: bool = False
) -> None:
    """Fetch the films of a list that are not stored, and enter what becomes of each row.

    The list is entered once; by the same list again, what is left of it is carried on.

    Args:
        run: the run.
        listed: the list, as it was read.
        limit: the most films to fetch, None for all; the others stay waiting.
        renew: fetch those that are stored, too.

    Raises:
        ServerFailure: so many in a row could not be had that the source must be out of reach.
    """
    store, digest = run.store, listed.digest
    began = run.clock.now()
    enter = partial(store.enter_given, renew=renew)
    await run.call(enter, listed.name, digest, listed.rows, run.append, began)
    try:
        tally = Tally("details", await run.call(store.count_given_waiting, digest))
        tally.total = tally.total if limit is None else min(tally.total, limit)
        job = _Job(run, digest, tally, run.ids_at_once if limit is None else min(limit, run.ids_at_once))
        await job.fetch_all(partial(store.given_waiting, digest), limit)
        await job.fetch_all(partial(store.given_merged, digest, began), limit)
    finally:
        outcomes = await run.call(store.given_outcomes, digest)
        run.report.given = {
            "file": listed.name,
            "digest": digest,
            "columns": listed.columns,
            "rows": sum(outcomes.values()),
            "outcomes": outcomes,
        }


@dataclass(slots=True)
class _Job:
    """A list at work.

    Attributes:
        digest: of the list.
        at_once: ids that are held at a time.
        docket: words of the source that a film is gone or merged, until it is clear whether they are believed.
        vouched: so many words are believed because the source was found to know its films.
    """

    run: CollectionRun
    digest: str
    tally: Tally
    at_once: int
    docket: Docket[Word] = field(default_factory=Docket)
    vouched: int = 0

    async def fetch_all(self, find: Callable[[int], Sequence[Id]], limit: int | None) -> None:
        """Fetch the films of the list that are still to be found, so many at a time."""
        run, asked = self.run, set[Id]()
        while limit is None or self.tally.done < limit:
            most = self.at_once if limit is None else min(self.at_once, limit - self.tally.done)
            # What was asked for a moment ago and is found again has no better answer to come.
            ids = [each for each in await run.call(find, most) if each not in asked]
            if not ids:
                return
            asked = set(ids)
            self.tally.total = max(self.tally.total, self.tally.done + len(ids))
            await self._fetch(ids)
            # A film may stand in the list under its other id, too.
            await run.call(run.store.settle_given, self.digest, run.append, run.clock.now())

    async def _fetch(self, ids: Sequence[Id]) -> None:
        run, tally = self.run, self.tally
        numbers = [each for each in ids if isinstance(each, int)]
        standing = await run.call(run.store.standing, numbers, run.clock.now())
        run.tell(tally.phase, tally.done, tally.total, tally.failures)
        fetcher = run.fetcher or run.source
        unanswered = {each for each in ids if isinstance(each, str)}
        async with aclosing(fetcher.iter_details(MOVIE, ids, append=run.append, keep_bodies=run.keep_raw)) as films:
            async for film in films:
                tally.done += 1
                if isinstance(film, FetchFailure):
                    unanswered.discard(film.tmdb_id if isinstance(film.tmdb_id, str) else "")
                    await self._note_failure(film, standing)
                else:
                    tally.failures_in_a_row = 0
                    unanswered.discard(await self._store(film))
                    await self._decide(self.docket.had(), standing)
                run.tell(tally.phase, tally.done, tally.total, tally.failures)
        await self._decide(self.docket.close(), standing)
        for imdb_id in unanswered:
            said = "TMDB answered with a film that names no IMDb id"
            answer = GivenAnswer(None, imdb_id, "failed", None, said, run.clock.now())
            await run.writer.add_answer(self.digest, answer)

    async def _store(self, film: MovieDetails | Unchanged) -> str:
        """Store a film as an answer to both of its ids; its IMDb id, as lists are read, or nothing."""
        writer = self.run.writer
        if isinstance(film, Unchanged):
            await writer.add_unchanged(film)
            await writer.add_answer(self.digest, GivenAnswer(film.tmdb_id, None, "stored", film.tmdb_id))
            return ""
        self.run.report.details += 1
        imdb_id = numbered(int(film["imdb_id"][2:])) if film["imdb_id"] else None
        answer = GivenAnswer(film["tmdb_id"], imdb_id, "stored", film["tmdb_id"])
        await writer.add_answer(self.digest, answer, movie=film)
        return imdb_id or ""

    async def _note_failure(self, failure: FetchFailure, standing: Standing) -> None:
        is_word = failure.gone or failure.merged_into is not None
        if is_word and isinstance(failure.tmdb_id, str) and await self._is_told_otherwise(failure):
            return
        earlier = standing.suspicions.get(failure.tmdb_id) if is_word else None
        self.tally.failures_in_a_row += 1
        if is_word:
            outcome: FilmOutcome = "gone" if failure.tmdb_id in standing.held else "gone, and not held"
            await self._decide(self.docket.said(Word(failure, earlier), outcome), standing)
        else:
            again_at = retry_at(failure, self.run.clock.now(), self.run.policy)
            await self._fail(failure, again_at)
        if self.tally.failures_in_a_row >= GIVE_UP_AFTER:
            if not (is_word and await self._is_vouched_for()):
                said = f"{GIVE_UP_AFTER} films in a row could not be had; the last: {failure.message}"
                hours = AGAIN_AFTER // timedelta(hours=1)
                advice = f". Are these ids of TMDB's films? Then run the same command again in {hours} hours"
                raise ServerFailure(said + advice if is_word else said)
            self.tally.failures_in_a_row = 0

    async def _is_told_otherwise(self, failure: FetchFailure) -> bool:
        """Whether TMDB has something else by an IMDb id that is no film's; it says so only when it is asked for it."""
        imdb_id = str(failure.tmdb_id)
        try:
            found = await self.run.source.find_imdb_id(imdb_id)
        except (Unauthorized, OutOfReach):
            raise
        except SourceError:
            return False
        if "movie" in found:
            # It has the film and says that it has not: its answers are of different moments.
            await self._fail(unconfirmed(failure), self.run.clock.now() + AGAIN_AFTER)
            return True
        for name, told in _NOT_FILMS.items():
            if name in found:
                await self.run.writer.add_answer(self.digest, GivenAnswer(None, imdb_id, "not a film", None, told))
                return True
        return False

    async def _decide(self, decided: list[tuple[Word, bool]], standing: Standing) -> None:
        now = self.run.clock.now()
        for word, credible in decided:
            failure, earlier = word.failure, word.earlier
            is_held = failure.tmdb_id in standing.held
            believed = credible or (earlier is not None and is_confirmed(earlier, now))
            if believed or (not is_held and await self._is_vouched_for()):
                await self._believe(failure, is_held=is_held)
            else:
                await self._fail(unconfirmed(failure), now + AGAIN_AFTER)

    async def _is_vouched_for(self) -> bool:
        """Whether the source still knows a film that it certainly has, so that its word on others is to be believed."""
        if not self.vouched:
            run = self.run
            known = await run.call(run.store.voucher)
            if known is not None:
                fetcher = run.fetcher or run.source
                async with aclosing(fetcher.iter_details(MOVIE, [known])) as films:
                    async for film in films:
                        self.vouched = 0 if isinstance(film, FetchFailure) else _FILMS_FOR_EACH_VOUCHER
        is_vouched_for = self.vouched > 0
        self.vouched -= is_vouched_for
        return is_vouched_for

    async def _believe(self, failure: FetchFailure, *, is_held: bool) -> None:
        now, writer = self.run.clock.now(), self.run.writer
        later = now + NOT_FOUND_AGAIN_AFTER
        if isinstance(failure.tmdb_id, str):
            answer = GivenAnswer(None, failure.tmdb_id, "not found", None, failure.message, later)
            await writer.add_answer(self.digest, answer)
            return
        if is_held or failure.merged_into is not None:
            self.run.report.add_failure(failure)
        answer = GivenAnswer(failure.tmdb_id, None, "not found", None, failure.message, later)
        if failure.merged_into is not None:
            answer = GivenAnswer(failure.tmdb_id, None, "merged", failure.merged_into)
        elif is_held:
            answer = GivenAnswer(failure.tmdb_id, None, "gone", None, failure.message)
        await writer.add_answer(self.digest, answer, failure=(failure, now))

    async def _fail(self, failure: FetchFailure, again_at: datetime) -> None:
        self.run.report.add_failure(failure)
        self.tally.failures += 1
        writer, asked = self.run.writer, failure.tmdb_id
        if isinstance(asked, str):
            answer = GivenAnswer(None, asked, "failed", None, failure.message, again_at)
            await writer.add_answer(self.digest, answer)
        else:
            answer = GivenAnswer(asked, None, "failed", None, failure.message, again_at)
            await writer.add_answer(self.digest, answer, failure=(failure, again_at))
