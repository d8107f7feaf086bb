"""Where settings come from, and which source wins."""

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from ayne.cli import cli, config, options
from ayne.cli.config import Configuration, Known, Layer, load, read_layer
from ayne.data_collection.numbers import NOTED_CHANGE
from ayne.data_collection.refresh import RefreshPolicy
from ayne.data_collection.tmdb.limits import PAGE_LIMIT
from ayne.errors import ConfigurationError

KNOWN = Known(
    {
        "collect": frozenset({"rate", "db", "limit"}),
        "purge": frozenset({"db", "history"}),
        "refresh": frozenset({"db"}),
    },
    shared=frozenset({"rate", "db"}),
    of_policy=frozenset({"older"}),
)


def layer(**document: Any) -> Layer:
    return read_layer("ayne.toml", document, KNOWN)


def test_the_environment_wins_then_the_nearer_file_and_in_a_file_the_table_of_the_command() -> None:
    near, user = layer(rate=2, collect={"rate": 3}), Layer("user", {"rate": 1, "db": "u"}, {"purge": {"db": "p"}})
    found = Configuration({"AYNE_RATE": "9"}, {"AYNE_DB": "env-file"}, (near, user))
    assert found.defaults(KNOWN)["collect"] == {"rate": 3, "db": "u"}
    assert found.defaults(KNOWN)["purge"] == {"db": "p"}
    assert found.source_of("collect", "rate") == "variable AYNE_RATE"
    assert found.source_of("collect", "db") == "AYNE_DB in .env"
    assert Configuration(layers=(near, user)).source_of("collect", "rate") == "ayne.toml [collect]"
    assert Configuration(layers=(near, user)).source_of("purge", "rate") == "ayne.toml"
    assert Configuration().source_of("collect", "rate") is None


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"rat": 4}, "unknown setting 'rat'. Did you mean 'rate'?"),
        ({"colect": {"rate": 4}}, r"unknown table \[colect\]. Did you mean 'collect'\?"),
        ({"collect": {"history": True}}, r"ayne.toml \[collect\] has an unknown setting 'history'"),
        ({"collect": {"older": 3}}, r"\[collect\] has an unknown setting 'older'"),
        ({"history": True}, r"history belongs to one command. Put it into the command's table, \[purge\]"),
        ({"db": [1, 2]}, "db must be a text"),
        ({"purge": {"tmdb_api_key": "x"}}, r"\[purge\] has an unknown setting 'tmdb_api_key'"),
    ],
)
def test_what_nobody_knows_is_refused_with_the_nearest_right_one(document: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_layer("ayne.toml", document, KNOWN)


def test_the_table_of_refresh_holds_the_policy_too() -> None:
    found = Configuration(layers=(layer(db="x"), layer(refresh={"older": 80, "db": "y"})))
    assert found.policy() == {"older": 80}
    assert found.defaults(KNOWN)["refresh"] == {"db": "x"}
    # The command has an option of that name; here it is about films with few votes.
    of_films = read_layer("ayne.toml", {"refresh": {"quiet": 150}}, cli.known())
    assert Configuration(layers=(of_films,)).defaults(cli.known())["refresh"] == {}
    assert Configuration(layers=(of_films,)).policy() == {"quiet": 150}
    assert frozenset(item.name for item in dataclasses.fields(RefreshPolicy)) == config.POLICY


def test_a_credential_is_taken_of_the_strongest_source_whatever_its_kind() -> None:
    files = (layer(tmdb_access_token="t1"), Layer("user", {"tmdb_api_key": "k2", "omdb_api_key": "o2"}))
    assert Configuration(layers=files).variables() == {"TMDB_ACCESS_TOKEN": "t1", "OMDB_API_KEY": "o2"}
    assert Configuration({"TMDB_API_KEY": "k"}, layers=files).variables() == {"TMDB_API_KEY": "k", "OMDB_API_KEY": "o2"}


def test_every_setting_is_told_with_its_source_and_no_key_is() -> None:
    files = (layer(tmdb_api_key="s3cret", rate=2, collect={"limit": 5}),)
    told = list(Configuration({"AYNE_DB": "a.duckdb"}, layers=files).origins(KNOWN))
    assert {(origin.setting, origin.value, origin.source) for origin in told} == {
        ("tmdb_api_key", "hidden, 6 characters", "ayne.toml"),
        ("db", "a.duckdb", "variable AYNE_DB"),
        ("rate", "2", "ayne.toml"),
        ("collect.limit", "5", "ayne.toml [collect]"),
    }


def test_files_are_read_and_what_is_no_toml_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(KNOWN, {}, tmp_path / "user").layers == ()
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "ayne.toml").write_text("rate = 1\n")
    (tmp_path / "ayne.toml").write_text("rate = 2\n")
    assert [found.shared for found in load(KNOWN, {}, tmp_path / "user").layers] == [{"rate": 2}, {"rate": 1}]
    (tmp_path / "ayne.toml").write_text("rate = \n")
    with pytest.raises(ConfigurationError, match=r"ayne\.toml cannot be read as TOML"):
        load(KNOWN, {}, tmp_path / "user")


def test_a_file_with_a_key_that_others_can_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("TMDB_API_KEY=x\n")
    (tmp_path / "ayne.toml").write_text("omdb_api_key = 'x'\n")
    (tmp_path / ".env").chmod(0o600)
    (tmp_path / "ayne.toml").chmod(0o640)
    told = {path.name: readable for path, readable in config.files_with_keys(tmp_path / "user")}
    assert told == {".env": False, "ayne.toml": True}


def test_the_file_that_the_documents_show_is_one() -> None:
    text = (Path(__file__).parents[2] / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    layer = read_layer("ayne.toml", tomllib.loads(shown), cli.known())
    assert set(layer.of_command) == {"collect", "refresh"}


def test_what_would_mean_another_thing_to_another_command_is_not_shared() -> None:
    known = cli.known()
    assert {"db", "rate", "from", "min_votes", "parts", "json", "quiet", "log_file", "quota"} <= known.shared
    assert known.shared.isdisjoint({"history", "dry_run", "format", "out", "limit", "help"})
    assert "sandbox" not in known.of_command


def test_every_shared_setting_has_a_variable_and_nothing_else_has() -> None:
    for name, command in cli.commands.items():
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                key = max(option.opts, key=len).removeprefix("--").replace("-", "_")
                shared = name in cli.known().of_command and key in cli.known().shared
                assert option.envvar == (config.variable_of(key) if shared else None), (name, key)


def test_the_command_line_names_the_change_of_popularity_that_is_noted_by_default() -> None:
    assert options.NOTED_PERCENT / 100 == NOTED_CHANGE


def test_the_command_line_allows_as_many_pages_as_tmdb() -> None:
    assert options.PAGE_LIMIT == PAGE_LIMIT


@pytest.mark.parametrize(("text", "share"), [("none", None), ("daily", 0.0), ("10%", 0.1), ("12.5 %", 0.125)])
def test_how_much_of_popularity_is_noted_is_said_in_words_or_as_a_percentage(text: str, share: float | None) -> None:
    told: list[float | None] = []

    @click.command()
    @options.popularity_history_option
    def command(popularity_history: float | None) -> None:
        told.append(popularity_history)

    command(["--popularity-history", text], standalone_mode=False)
    assert told == [share]


def test_any_other_word_for_it_is_refused() -> None:
    command = click.command()(options.popularity_history_option(lambda **_: None))
    with pytest.raises(click.BadParameter, match="neither none nor daily"):
        command(["--popularity-history", "often"], standalone_mode=False)
