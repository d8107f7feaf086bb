"""The client asked for people."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from ayne import blocking
from ayne.data_collection.tmdb import PersonDetails, PersonSummary, TMDBClient
from ayne.errors import NotFound
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.transport import SandboxTransport
from tests.in_process import KEY
from tests.virtual_time import run


@pytest.fixture(scope="module")
def app() -> SandboxApp:
    return SandboxApp(Catalogue.generated(60, 3))


@pytest.fixture
def ask(app: SandboxApp) -> Callable[[Callable[[TMDBClient], Coroutine[Any, Any, Any]]], Any]:
    async def answered(question: Callable[[TMDBClient], Coroutine[Any, Any, Any]]) -> Any:
        async with TMDBClient(KEY, transport=SandboxTransport(app), requests_per_second=1e6) as client:
            return await question(client)

    return lambda question: run(answered(question))


@pytest.fixture
def found(ask: Any) -> list[PersonSummary]:
    people: list[PersonSummary] = ask(lambda client: client.search_people("mei"))
    return people


def test_people_are_found_by_a_name_and_fetched_with_what_is_asked_for(ask: Any, found: list[PersonSummary]) -> None:
    assert len(found) > 1
    assert all(row.keys() == PersonSummary.__annotations__.keys() and row["raw"] == {} for row in found)
    ids = [row["tmdb_id"] for row in found]
    asked = {"append": ["combined_credits", "images"]}
    batch = ask(lambda client: client.get_batch_person_details([*ids, 2**30], **asked))
    assert [person["tmdb_id"] for person in batch] == ids
    assert [failure.tmdb_id for failure in batch.failures] == [2**30]
    assert all(
        person.keys() - {"etag"} == PersonDetails.__annotations__.keys() - {"body", "etag"}
        and person["parts"].keys() == {"combined_credits", "images"}
        for person in batch
    )
    assert {person["name"] for person in batch} == {row["name"] for row in found}


def test_a_person_is_found_by_the_id_of_imdb(ask: Any, found: list[PersonSummary]) -> None:
    batch = ask(lambda client: client.get_batch_person_details([row["tmdb_id"] for row in found]))
    known = next(person for person in batch if person["imdb_id"])
    assert ask(lambda client: client.get_person_details(known["imdb_id"]))["tmdb_id"] == known["tmdb_id"]
    with pytest.raises(NotFound, match="no person by nm9999999"):
        ask(lambda client: client.get_person_details("nm9999999"))
    with pytest.raises(ValueError, match="like 'nm0000093'"):
        ask(lambda client: client.get_person_details("tt0137523"))
    with pytest.raises(ValueError, match="no part 'credits' of a person"):
        ask(lambda client: client.get_person_details(1, ["credits"]))


def test_scripts_ask_in_the_same_words(app: SandboxApp, found: list[PersonSummary]) -> None:
    with blocking.TMDBClient(KEY, transport=SandboxTransport(app), requests_per_second=1e6) as client:
        assert client.get_person_details(found[0]["tmdb_id"])["name"] == found[0]["name"]
