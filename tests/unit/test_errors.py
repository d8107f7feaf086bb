import copy
import pickle

import pytest

from ayne import errors
from ayne.errors import (
    AyneError,
    BadPayload,
    ConnectionFailed,
    IncompleteDiscovery,
    RateLimited,
    RefusedError,
    SourceError,
    StoreBusy,
    TimedOut,
    TransientError,
    Unauthorized,
)

ALL = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]


def test_everything_that_is_raised_on_purpose_has_one_root() -> None:
    assert len(ALL) >= 17
    assert all(issubclass(kind, AyneError) for kind in ALL)


def test_a_source_error_is_either_worth_asking_again_or_not() -> None:
    leaves = [kind for kind in ALL if issubclass(kind, SourceError) and not kind.__subclasses__()]
    assert leaves
    assert all(issubclass(kind, TransientError) != issubclass(kind, RefusedError) for kind in leaves)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (RateLimited, "rate_limited"),
        (TimedOut, "timed_out"),
        (BadPayload, "bad_payload"),
        (ConnectionFailed, "connection_failed"),
        (Unauthorized, "unauthorized"),
    ],
)
def test_an_error_has_a_short_name_for_counting(kind: type[SourceError], reason: str) -> None:
    assert kind("…").reason == reason


def test_a_source_error_says_what_was_asked_and_how_often() -> None:
    error = SourceError("no answer", status=502, code=43)
    assert str(error) == "no answer"
    error.request = "/movie/550"
    assert str(error) == "no answer (GET /movie/550)"
    error.attempts = 4
    assert str(error) == "no answer (GET /movie/550), after 4 attempts"


def test_a_source_error_survives_being_copied_and_sent() -> None:
    error = RateLimited("slow down", status=429, code=25)
    error.request, error.attempts, error.retry_after = "/movie/550", 3, 7.0
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own bytes
        assert (str(twin), twin.status, twin.code, twin.retry_after) == (str(error), 429, 25, 7.0)


def test_one_errors_wish_to_wait_is_not_anothers() -> None:
    first, second = RateLimited("…"), RateLimited("…")
    first.retry_after = 5.0
    assert second.retry_after is None


@pytest.mark.parametrize(
    ("missing", "text"),
    [
        (["a"], "1 pages of the discovery could not be fetched: a"),
        (["a", "b", "c"], "3 pages of the discovery could not be fetched: a; b; c"),
        (list("abcdef"), "6 pages of the discovery could not be fetched: a; b; c; …"),
    ],
)
def test_a_discovery_with_holes_names_the_first_of_them_and_counts_all(missing: list[str], text: str) -> None:
    error = IncompleteDiscovery(missing)
    assert (str(error), error.missing, error.movies) == (text, missing, [])


def test_a_busy_store_is_a_store_error_and_no_source_error() -> None:
    assert not issubclass(StoreBusy, SourceError)
