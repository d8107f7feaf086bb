"""No setting of any command, however odd and wherever it is set, is answered with a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ayne.cli import cli, config
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
    # It needs no key, so nothing else would keep it from TMDB.
    "names": ["--db", "nowhere/films.duckdb", "--exports-url", "http://127.0.0.1:9"],
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
def test_no_odd_setting_is_answered_with_a_traceback(empty_file: Path, name: str) -> None:
    folder = str(empty_file.parent)
    cases: list[tuple[list[str], dict[str, str], str]] = []
    for option in options_of(name):
        flag = max(option.opts, key=len)
        needed = NEEDED.get(name, [])
        if flag in needed:
            # What is set elsewhere would not be looked at.
            at = needed.index(flag)
            needed = needed[:at] + needed[at + 2 :]
        key = flag.removeprefix("--").replace("-", "_")
        odd = NUMBERS if isinstance(option.type, (click.types.IntParamType, click.types.FloatParamType)) else TEXTS
        if not option.is_flag and not option.count:
            cases += [([name, *needed, f"{flag}={value}"], {}, "") for value in odd]
        if option.envvar:
            cases += [([name, *needed], {config.variable_of(key): value}, "") for value in odd]
        if name not in {"sandbox", "completion"}:
            cases += [([name, *needed], {}, f"[{name}]\n{key} = {value}\n") for value in VALUES]
    said = in_child(outcomes, folder, cases)
    assert isinstance(said, list), said
    for case, came in zip(cases, said, strict=True):
        told = f"{case[0]} {case[1]} {case[2][:80]}: {came.code} {came.err[-1500:]}"
        assert "Traceback" not in came.err, told
        assert "fault of ayne" not in came.err, told
        assert came.code in {0, 1, 2}, told
        if came.code == 2:
            assert came.err.count("\n") == 2, told


def test_no_odd_age_is_answered_with_a_traceback(empty_file: Path) -> None:
    cases: list[tuple[list[str], dict[str, str], str]] = [
        (["refresh"], {}, f"[refresh]\n{key} = {value}\n") for key in sorted(config.POLICY) for value in VALUES
    ]
    for case, came in zip(cases, in_child(outcomes, str(empty_file.parent), cases), strict=True):
        assert came.code == 2, (case, came)
        assert "Traceback" not in came.err, (case, came)
        assert "fault of ayne" not in came.err, (case, came)
