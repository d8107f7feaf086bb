"""The client asked for series, in the words of films."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ayne import blocking
from ayne.data_collection.tmdb import EpisodeDetails, SeasonDetails, SeriesDetails, SeriesSummary, TMDBClient
from ayne.errors import NotFound
from ayne.kinds import SERIES
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.television import Television
from ayne.sandbox.transport import SandboxTransport
from ayne.sandbox.world import World
from tests.in_process import KEY
from tests.virtual_time import run

YEARS = (1990, 2026)


@pytest.fixture(scope="module")
def app() -> SandboxApp:
    return SandboxApp(World(Catalogue.generated(1), series=lambda as_of: Television.generated(60, 3, as_of=as_of)))


@pytest.fixture
def ask(app: SandboxApp) -> Callable[[Callable[[TMDBClient], Coroutine[Any, Any, Any]]], Any]:
    @asynccontextmanager
    async def client() -> AsyncIterator[TMDBClient]:
        async with TMDBClient(KEY, transport=SandboxTransport(app), requests_per_second=1e6) as made:
            yield made

    async def answered(question: Callable[[TMDBClient], Coroutine[Any, Any, Any]]) -> Any:
        async with client() as made:
            return await question(made)

    return lambda question: run(answered(question))


def test_the_records_have_a_key_for_each_column(ask: Any) -> None:
    shared = {"tmdb_id", "raw", "observed_at"}
    assert SeriesSummary.__annotations__.keys() == SERIES.summary.keys() | shared
    optional = {"imdb_id", "body", "etag"}
    assert SeriesDetails.__annotations__.keys() - optional >= SERIES.details.keys() | shared | {"parts"}
    found = ask(lambda client: client.discover_series(*YEARS, 0))
    assert all(row.keys() == SeriesSummary.__annotations__.keys() for row in found)
    batch = ask(lambda client: client.get_batch_series_details([row["tmdb_id"] for row in found], append=["keywords"]))
    details = max(batch, key=lambda series: len(series["seasons"]))
    assert details.keys() <= SeriesDetails.__annotations__.keys()
    season = details["seasons"][-1]
    assert season.keys() == SeasonDetails.__annotations__.keys()
    assert season["episodes"][0].keys() == EpisodeDetails.__annotations__.keys()
    assert details["parts"].keys() == {"keywords"}


def test_series_are_listed_counted_and_found_by_name(ask: Any) -> None:
    found = ask(lambda client: client.discover_series(*YEARS, 0))
    days = [row["first_air_date"] for row in found]
    assert days == sorted(days, reverse=True)
    assert found.overfull == []

    async def page_by_page(client: TMDBClient) -> set[int]:
        return {row["tmdb_id"] async for page in client.iter_series(*YEARS, 0) for row in page.results}

    assert ask(page_by_page) == {row["tmdb_id"] for row in found}
    (counted,) = ask(lambda client: client.count_series(*YEARS, 0))
    assert counted.reported_high == len(found)
    named = ask(lambda client: client.search_series(found[0]["name"]))
    assert found[0]["tmdb_id"] in {row["tmdb_id"] for row in named}


def test_a_batch_has_what_could_be_had_and_names_what_could_not(ask: Any) -> None:
    first, second = (row["tmdb_id"] for row in ask(lambda client: client.discover_series(*YEARS, 0))[:2])
    told: list[tuple[int, int]] = []
    asked = [first, 999_999_999, second, first]
    batch = ask(lambda client: client.get_batch_series_details(asked, lambda *counts: told.append(counts)))
    assert [series["tmdb_id"] for series in batch] == [first, second, first]
    assert [(failure.tmdb_id, failure.gone) for failure in batch.failures] == [(999_999_999, True)]
    assert told[-1] == (3, 3)


def test_a_series_is_asked_for_by_imdb_id_too(ask: Any) -> None:
    (first, *_) = ask(lambda client: client.discover_series(*YEARS, 0))
    whole = ask(lambda client: client.get_series_details(first["tmdb_id"], ["external_ids"]))
    imdb_id = whole["parts"]["external_ids"]["imdb_id"]
    found = ask(lambda client: client.get_series_details(imdb_id))
    assert (found["tmdb_id"], found["imdb_id"]) == (first["tmdb_id"], imdb_id)
    with pytest.raises(NotFound, match="finds no series by tt9999999"):
        ask(lambda client: client.get_series_details("tt9999999"))
    batch = ask(lambda client: client.get_batch_series_details([imdb_id, "tt9999999"]))
    assert [series["tmdb_id"] for series in batch] == [first["tmdb_id"]]
    assert [(failure.tmdb_id, failure.gone) for failure in batch.failures] == [("tt9999999", True)]
    with pytest.raises(ValueError, match="neither a TMDB id"):
        ask(lambda client: client.get_batch_series_details(["breaking bad"]))


def test_collect_brings_series_when_it_is_told_so(app: SandboxApp) -> None:
    db = blocking.DuckDBClient(":memory:")
    with pytest.raises(ValueError, match="one of movie, series"):
        blocking.collect(db, 2020, kind="tv")
    with blocking.TMDBClient(KEY, transport=SandboxTransport(app), requests_per_second=1e6) as client:
        of_series = blocking.DataCollectionOrchestrator(db.of(SERIES), client)
        report = of_series.run_full_collection(*YEARS, min_vote_count=0)
    assert (report.kind, report.complete, report.details) == (SERIES, True, report.stored["listed"])
    assert str(report).splitlines()[1].startswith("series: ")
