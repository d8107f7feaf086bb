"""Where a key may go: to its own source, to this machine, and elsewhere only at the user's word."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pytest

from ayne.settings import COMMAND_LINE, ENVIRONMENT, objection_to_send
from tests.reliability.children import Said, command, in_child

KEY = "0123456789abcdef0123456789abcdef"
KEYS = {"TMDB_API_KEY": KEY, "OMDB_API_KEY": "0123abcd"}
FILES = ("ayne.toml", ".env", "/home/me/.config/ayne/ayne.toml")
ELSEWHERE = ("https://films.example/3", "http://10.0.0.1/3", "https://127.0.0.1.films.example", "https://localhost.x")


def test_what_the_user_named_gets_any_key_and_so_does_this_machine() -> None:
    for address, key_from in product(ELSEWHERE, (*FILES, ENVIRONMENT)):
        for place in (COMMAND_LINE, ENVIRONMENT):
            assert objection_to_send(address, place, key_from) is None
    for place, key_from in product(FILES, (*FILES, ENVIRONMENT)):
        for address in ("http://127.0.0.1:80/3", "http://127.9.9.9/3", "http://[::1]:80/3", "http://localhost/3"):
            assert objection_to_send(address, place, key_from) is None


def test_what_a_file_names_gets_the_key_of_that_file_alone_and_encrypted() -> None:
    for address, place, key_from in product(ELSEWHERE, FILES, (*FILES, ENVIRONMENT)):
        objection = objection_to_send(address, place, key_from)
        if place != key_from:
            assert objection == "stranger"
        else:
            assert objection == (None if address.startswith("https:") else "unencrypted")


def test_its_own_source_gets_a_key_and_encrypted() -> None:
    for place, key_from in product(FILES, (*FILES, ENVIRONMENT)):
        assert objection_to_send("https://api.themoviedb.org/3", place, key_from, own=True) is None
        assert objection_to_send("http://api.themoviedb.org/3", place, key_from, own=True) == "unencrypted"


COMMANDS = [
    (["collect"], "tmdb_url", "https://films.example/3"),
    (["plan"], "tmdb_url", "https://films.example/3"),
    (["refresh"], "tmdb_url", "https://films.example/3"),
    (["sync"], "tmdb_url", "https://films.example/3"),
    (["sync"], "omdb_url", "https://films.example"),
    (["ratings"], "omdb_url", "https://films.example"),
    (["collect"], "tmdb_url", "http://api.themoviedb.org/3"),
    (["collect"], "allowance", "redis://films.example/0"),
    # Without Dask the command ends before it looks at the address.
    *([(["collect"], "dask", "tcp://films.example:8786")] if find_spec("distributed") else []),
]


def run(folder: Path, arguments: list[str], **environment: str) -> Said:
    said = in_child(command, arguments, environment, str(folder))
    assert isinstance(said, Said), said
    assert "Traceback" not in said.err
    assert KEY not in said.out + said.err
    return said


@pytest.mark.parametrize("file", [".env", "ayne.toml", "ayne.toml of the command"])
@pytest.mark.parametrize(("arguments", "setting", "address"), COMMANDS)
def test_no_command_sends_the_users_key_where_a_file_of_the_folder_says(
    empty_file: Path, file: str, arguments: list[str], setting: str, address: str
) -> None:
    tmp_path = empty_file.parent
    if file == ".env":
        (tmp_path / ".env").write_text(f"AYNE_{setting.upper()}={address}\n")
    else:
        table = f"[{arguments[0]}]\n" if file != "ayne.toml" else ""
        (tmp_path / "ayne.toml").write_text(f'{table}{setting} = "{address}"\n')
    said = run(tmp_path, arguments, **KEYS)
    assert said.code == 2
    first, second = said.err.splitlines()
    assert first.startswith("ayne: ")
    assert "would send your" in first
    assert (
        second.strip() == f"If that is right, name it with --{setting.replace('_', '-')} or in AYNE_{setting.upper()}."
    )


def test_a_doctor_asks_nobody_whom_only_a_file_names(tmp_path: Path) -> None:
    (tmp_path / "ayne.toml").write_text('tmdb_url = "https://films.example/3"\n')
    said = run(tmp_path, ["doctor"], **KEYS)
    assert said.code == 1
    assert "ayne.toml would send your TMDB key (from variable TMDB_API_KEY) to another server" in said.out


def test_an_empty_option_does_not_hide_what_a_file_says(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AYNE_TMDB_URL=https://films.example/3\n")
    assert "would send your" in run(tmp_path, ["collect", "--tmdb-url", ""], **KEYS).err


@pytest.mark.parametrize("by", ["the command line", "the environment", "the file of the key"])
def test_a_server_that_the_user_named_is_not_refused(tmp_path: Path, by: str) -> None:
    address = "https://films.example/3"
    # What is looked at next is wrong, so nothing is sent.
    arguments, environment = ["collect", "--source", "both", "--exports-url", "nowhere"], KEYS
    if by == "the command line":
        arguments = [*arguments, "--tmdb-url", address]
    elif by == "the environment":
        environment = {**KEYS, "AYNE_TMDB_URL": address}
    else:
        environment = {}
        (tmp_path / "ayne.toml").write_text(f'tmdb_url = "{address}"\ntmdb_api_key = "{KEY}"\n')
    said = run(tmp_path, arguments, **environment)
    assert said.code == 2
    assert "must be an address like https://files.tmdb.org" in said.err
