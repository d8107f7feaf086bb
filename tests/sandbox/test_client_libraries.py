"""Whoever uses a TMDB library can point it at the sandbox: three of them, unmodified but for their base URL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.judges import libraries, with_themoviedb, with_tmdbsimple, with_tmdbv3api
from tests.judges.known import Known


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, Known]]:
    with libraries.served() as found:
        yield found


@pytest.mark.parametrize("call", with_themoviedb.CALLS.values(), ids=with_themoviedb.CALLS)
def test_themoviedb_finds_what_is_there(
    served: tuple[str, Known], call: Callable[[with_themoviedb.Client, Known], bool]
) -> None:
    url, known = served
    assert call(with_themoviedb.client(url), known)


@pytest.mark.parametrize("call", with_tmdbsimple.CALLS.values(), ids=with_tmdbsimple.CALLS)
def test_tmdbsimple_finds_what_is_there(
    served: tuple[str, Known], call: Callable[[with_tmdbsimple.Client, Known], bool]
) -> None:
    url, known = served
    assert call(with_tmdbsimple.client(url), known)


@pytest.mark.parametrize("call", with_tmdbv3api.CALLS.values(), ids=with_tmdbv3api.CALLS)
def test_tmdbv3api_finds_what_is_there(
    served: tuple[str, Known], call: Callable[[with_tmdbv3api.Client, Known], bool]
) -> None:
    url, known = served
    assert call(with_tmdbv3api.client(url), known)


def test_a_call_that_finds_something_else_is_counted_as_failed(served: tuple[str, Known]) -> None:
    url, known = served
    other = replace(known, keyword=known.keyword | {"name": "something else"})
    assert libraries.failures(url, known) == {"themoviedb": [], "tmdbsimple": [], "tmdbv3api": []}
    assert all("keyword" in failed for failed in libraries.failures(url, other).values())


def test_what_themoviedb_cannot_read_of_ours_it_cannot_read_of_tmdbs_either(recordings: Path) -> None:
    bodies = (json.loads(file.read_bytes()) for file in (recordings / "tmdb" / "movie").glob("*reviews__2024-*.json"))
    rated = [body["reviews"] for body in bodies if '"rating": 9.0' in json.dumps(body["reviews"])]
    assert rated
    assert all(with_themoviedb.cannot_read_ratings(reviews) for reviews in rated)
