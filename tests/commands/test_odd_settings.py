"""No setting of any command, however odd and wherever it is set, is answered with a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ayne.cli import cli, config
from ayne.clock import SystemClock
from ayne.data_collection.budget import Budget
from ayne.data_collection.commit import Commit
from ayne.data_collection.omdb import OMDBClient
from ayne.data_collection.refresh import RefreshPolicy
from ayne.data_collection.tmdb import TMDBClient
from ayne.database.duckdb_client import DuckDBClient
from tests.reliability.children import Said, command, in_child

TEXTS = ["", " ", "~x", "~", "/", "a\nb", "\x1b[2J", "x" * 300, "nan"]
NUMBERS = ["", "nan", "inf", "-1", "1e-300", "1e300", "9" * 30]
# As TOML has them.
VALUES = [
    *("5", "-1", "true", "nan", "1e300", "9" * 30, "4.5", "[1, 2]", "[]", '["a", true]', "{a = 1}", "2026-01-01"),
    *('""', '"~x"', '"a\\u0000b"', f'"{"x" * 300}"'),
]

# What a command cannot do without; for a sandbox what keeps it from starting, for others what spares them long work.
NEEDED = {
    "doctor": ["--db", "nowhere.duckdb"],
    "report": ["--db", "nowhere.duckdb"],
    "movie": ["550"],
    "sql": ["SELECT 1"],
    "export": ["--out", "films"],
    "sandbox": ["--catalogue", "nowhere.csv"],
    "completion": ["bash"],
}


def options_of(name: str) -> Iterator[click.Option]:
    for option in cli.commands[name].params:
        # --sandbox would start one, --catalogue keeps another from starting.
        if isinstance(option, click.Option) and option.name not in {"sandbox", "catalogue", "log_file"}:
            yield option


def outcomes(folder: str, cases: list[tuple[list[str], dict[str, str], str]]) -> list[Said]:
    """Run commands one after the other, each with a file of settings of its own; to be called in a child."""
    file, said = Path(folder) / "ayne.toml", []
    for arguments, environment, settings in cases:
        file.write_text(settings, encoding="utf-8")
        said.append(command(arguments, environment, folder))
    return said


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_no_odd_setting_is_answered_with_a_traceback(tmp_path: Path, name: str) -> None:
    DuckDBClient(tmp_path / "films.duckdb").commit(Commit())
    cases: list[tuple[list[str], dict[str, str], str]] = []
    needed = NEEDED.get(name, [])
    for option in options_of(name):
        flag = max(option.opts, key=len)
        key = flag.removeprefix("--").replace("-", "_")
        odd = NUMBERS if isinstance(option.type, (click.types.IntParamType, click.types.FloatParamType)) else TEXTS
        if not option.is_flag and not option.count:
            cases += [([name, *needed, f"{flag}={value}"], {}, "") for value in odd]
        if option.envvar:
            cases += [([name, *needed], {config.variable_of(key): value}, "") for value in odd]
        if name not in {"sandbox", "completion"}:
            cases += [([name, *needed], {}, f"[{name}]\n{key} = {value}\n") for value in VALUES]
    said = in_child(outcomes, str(tmp_path), cases)
    assert isinstance(said, list), said
    for case, came in zip(cases, said, strict=True):
        told = f"{case[0]} {case[1]} {case[2][:80]}: {came.code} {came.err[-1500:]}"
        assert "Traceback" not in came.err, told
        assert "fault of ayne" not in came.err, told
        assert came.code in {0, 1, 2}, told
        if came.code == 2:
            assert came.err.count("\n") == 2, told


def test_no_odd_age_is_answered_with_a_traceback(tmp_path: Path) -> None:
    cases: list[tuple[list[str], dict[str, str], str]] = [
        (["refresh"], {}, f"[refresh]\n{key} = {value}\n") for key in sorted(config.POLICY) for value in VALUES
    ]
    DuckDBClient(tmp_path / "films.duckdb").commit(Commit())
    for case, came in zip(cases, in_child(outcomes, str(tmp_path), cases), strict=True):
        assert came.code == 2, (case, came)
        assert "Traceback" not in came.err, (case, came)
        assert "fault of ayne" not in came.err, (case, came)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("db = 5", "ayne.toml: db must be a text"),
        ("rate = nan", "nan is no number from 0"),
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
