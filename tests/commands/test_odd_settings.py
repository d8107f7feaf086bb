"""Settings of the wrong kind are named with their place, by the command and by the classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ayne.clock import SystemClock
from ayne.data_collection.budget import Budget
from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.refresh import RefreshPolicy
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from tests.reliability.children import command, in_child


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("db = 5", "ayne.toml: db must be a text"),
        ("rate = nan", "nan is not a number from 0"),
        ("rate = true", "ayne.toml: rate must be a number"),
        ("max_concurrent = 4.7", "ayne.toml: max_concurrent must be a whole number"),
        ("sandbox = 1", "ayne.toml: sandbox must be true or false"),
        ("tmdb_api_key = 5", "ayne.toml: tmdb_api_key must be a text"),
        ('db = "~x"', "There is no user ~x"),
        ("[refresh]\nquiet_votes = nan", "quiet_votes of the refresh policy must be a whole number"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_its_place(tmp_path: Path, setting: str, said: str) -> None:
    (tmp_path / "ayne.toml").write_text(setting)
    came = in_child(command, ["refresh"], {}, str(tmp_path))
    assert came.code == 2
    assert said in came.err


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "settings",
    [
        *({name: NAN} for name in ("requests_per_second", "burst", "backoff", "jitter", "timeout", "deadline")),
        *({name: -1} for name in ("requests_per_second", "burst", "backoff", "jitter", "timeout", "deadline")),
        *({name: INF} for name in ("burst", "backoff", "jitter", "max_retries")),
        *({"max_concurrent": value} for value in (0, -1, NAN, INF, 2.5)),
        {"max_retries": NAN},
    ],
)
def test_a_client_refuses_a_number_that_is_none(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        TMDBClient("0" * 32, **settings)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be"):
        OMDBClient("0123abcd", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [NAN, -1.0])
def test_a_store_a_budget_and_a_policy_refuse_a_number_that_is_none(value: float) -> None:
    with pytest.raises(ValueError, match="patience"):
        DuckDBClient("films.duckdb", patience=value)
    with pytest.raises(ValueError, match="seconds"):
        Budget(SystemClock(), seconds=value)
    with pytest.raises(ValueError, match="quiet_popularity"):
        RefreshPolicy(quiet_popularity=value)
