"""The documents tell the truth: every block of code in them runs, against the sandbox."""

from __future__ import annotations

import configparser
import doctest
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import duckdb
import httpx
import pytest
from click.testing import CliRunner

from ayne.cli import cli
from ayne.data_collection.refresh import RefreshPolicy
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from tests import documents
from tests.documents import ROOT, Block

PAGES = documents.pages()
SECONDS = 300

# The default rate is for TMDB; the sandbox need not be spared. What a page says itself comes later and counts.
_SHIM = """#!/bin/sh
case "$1" in
  collect|people|plan|sync|refresh|ratings|names) name=$1; shift; exec "{python}" -m ayne "$name" --rate 1000 "$@";;
  *) exec "{python}" -m ayne "$@";;
esac
"""

# Nothing is installed while the documents are read; what they would install must be there to be had.
_PIP = """#!{python}
import sys
verb, wanted = sys.argv[1:]
name, _, extras = wanted.rstrip("]").partition("[")
assert verb == "install" and set(filter(None, extras.split(","))) <= set({extras}), wanted
"""
_EXTRAS = list(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(SandboxApp(Catalogue.generated(3000, seed=2), omdb_quota=None)) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Desk:
    """A reader's folder and shell, with the sandbox where TMDB and OMDb would be."""

    folder: Path
    settings: dict[str, str]
    stand_ins: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end. What it leaves running goes on until the page is done, as it would for a reader."""
        out, err = (self.folder.parent / f"{name}_{len(self.started)}" for name in ("stdout", "stderr"))
        with out.open("wb") as to_out, err.open("wb") as to_err:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.settings,
                stdin=subprocess.DEVNULL,
                stdout=to_out,
                stderr=to_err,
                start_new_session=True,
            )
            self.started.append(process)
            process.wait(SECONDS)
        said = [file.read_text(encoding="utf-8") for file in (out, err)]
        return subprocess.CompletedProcess(command, process.returncode, *said)

    def leave(self) -> None:
        """End what is still running."""
        for process in self.started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def read(self, code: str) -> str:
        """The code as it is run here: films and ports that the page names may not exist, and nobody must be spared."""
        for word, other in self.stand_ins.items():
            code = re.sub(rf"(?<![\w.]){word}(?!\w)", other, code)
        return code


@pytest.fixture
def desk(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Desk]:
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, script in (("ayne", _SHIM), ("pip", _PIP)):
        (commands / name).write_text(script.format(python=sys.executable, extras=_EXTRAS))
        (commands / name).chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TMDB_", "OMDB_", "AYNE_"))}
    settings = clean | {
        "HOME": str(tmp_path),
        "PATH": f"{commands}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "NO_PROXY": "127.0.0.1",
        "AYNE_TMDB_URL": sandbox.url,
        "AYNE_OMDB_URL": sandbox.omdb_url,
        "AYNE_EXPORTS_URL": sandbox.exports_url,
        "AYNE_IMDB_URL": sandbox.imdb_url,
        "TMDB_API_KEY": "0123456789abcdef0123456789abcdef",
        "OMDB_API_KEY": "0123abcd",
    }
    film = _known_film(sandbox.url)
    stand_ins = {
        "550": str(film["id"]),
        "287": "1313",
        "tt0137523": film["imdb_id"],
        "fight club": shlex.quote(film["title"]),
        "8080": str(_free_port()),
        "requests_per_second=4": "requests_per_second=1000",
    }
    folder = tmp_path / "desk"
    folder.mkdir()
    place = Desk(folder, settings, stand_ins)
    yield place
    place.leave()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_a_page_runs(page: Path, desk: Desk, request: pytest.FixtureRequest) -> None:
    if any("redis://" in block.code for block in documents.blocks(page)):
        desk.stand_ins["6379"] = str(request.getfixturevalue("redis").port)
    examples: list[doctest.Example] = []
    for block in documents.blocks(page):
        assert block.language in documents.RUN, f"{block}: how is {block.language or 'it'} tried?"
        if block.reason is None and block.language == "pycon":
            examples += doctest.DocTestParser().get_examples(desk.read(block.code), str(block))
        elif block.reason is None and block.language in _TRY:
            _TRY[block.language](block, desk.read(block.code), desk)
    if examples:
        _try_dialogue(page, examples, desk)


def _try_shell(block: Block, code: str, desk: Desk) -> None:
    done = desk.run("/bin/sh", "-euc", code)
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    if code.rstrip().endswith("&"):
        _wait_for(int(desk.stand_ins["8080"]))


def _wait_for(port: int) -> None:
    give_up_at = time.monotonic() + SECONDS
    while time.monotonic() < give_up_at:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail(f"nobody listens at port {port}")


def _try_console(block: Block, code: str, desk: Desk) -> None:
    for command, shown in documents.steps(code):
        done = desk.run("/bin/sh", "-euc", f"exec 2>&1; {command}")
        assert documents.matches(shown, done.stdout), f"{block}: {command}\nshown:\n{shown}\nprinted:\n{done.stdout}"


def _try_python(block: Block, code: str, desk: Desk) -> None:
    program = desk.folder / f"block_{block.line}_test.py"
    program.write_text(code, encoding="utf-8")
    tests = re.search(r"^(async )?def test_", code, flags=re.MULTILINE)
    how = ["-m", "pytest", "-q", "--strict-markers", "-p", "no:cacheprovider"] if tests else ["-W", "error"]
    done = desk.run(sys.executable, *how, program.name)
    assert (done.returncode, done.stderr) == (0, ""), f"{block}\n{done.stdout}\n{done.stderr}"


def _try_dialogue(page: Path, examples: list[doctest.Example], desk: Desk) -> None:
    """All dialogues of a page are one session, in a process of its own."""
    session = desk.folder / "session.py"
    said = "".join(f"{_prompted(example.source)}{example.want}" for example in examples)
    session.write_text(
        f'r"""\n{said}"""\nimport doctest, sys\nsys.exit(doctest.testmod(optionflags={_LENIENT}).failed)\n'
    )
    done = desk.run(sys.executable, "-W", "error", session.name)
    assert (done.returncode, done.stderr) == (0, ""), f"{page}\n{done.stdout}\n{done.stderr}"


_LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _prompted(source: str) -> str:
    first, *others = source.splitlines()
    return "".join([f">>> {first}\n", *(f"... {line}\n" for line in others)])


def _try_sql(block: Block, code: str, desk: Desk) -> None:
    (file,) = desk.folder.glob("*.duckdb")
    with duckdb.connect(str(file), read_only=True) as con:
        assert con.execute(code).fetchall(), f"{block}: no rows"


def _try_settings(block: Block, code: str, desk: Desk) -> None:
    file = desk.folder / "ayne.toml"
    file.write_text(code, encoding="utf-8")
    done = desk.run("ayne", "doctor")
    file.unlink()
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"


def _try_units(block: Block, code: str, desk: Desk) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(code)
    for section in parser.values():
        if "ExecStart" in section:
            _parse(section["ExecStart"], block)


def _try_crontab(block: Block, code: str, desk: Desk) -> None:
    for line in code.splitlines():
        fields = line.split(maxsplit=5)
        assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields[:5]), f"{block}: {line}"
        _parse(fields[5].rpartition("&&")[2], block)


def _parse(command_line: str, block: Block) -> None:
    """A command that cannot be run here is at least one that ayne would take."""
    program, name, *arguments = shlex.split(command_line.partition(">>")[0])
    assert program.rpartition("/")[2] == "ayne", f"{block}: {command_line}"
    try:
        cli.commands[name].make_context(name, arguments)
    except click.ClickException as error:
        pytest.fail(f"{block}: {command_line}: {error.format_message()}")


_TRY = {
    "sh": _try_shell,
    "console": _try_console,
    "python": _try_python,
    "sql": _try_sql,
    "toml": _try_settings,
    "ini": _try_units,
    "crontab": _try_crontab,
}


def _known_film(tmdb_url: str) -> dict[str, Any]:
    """A film that a page's collection is sure to have, and that IMDb knows."""
    key = {"api_key": "any"}
    first_page = httpx.get(f"{tmdb_url}/discover/movie", params={**key, "primary_release_year": "2024"}).json()
    ids = [film["id"] for film in first_page["results"]]
    films = (httpx.get(f"{tmdb_url}/movie/{film}", params=key).json() for film in ids)
    return next(film for film in films if film["imdb_id"] and film["vote_count"] >= 200)


def test_the_blocks_that_are_not_run_say_why_and_are_few(capsys: pytest.CaptureFixture[str]) -> None:
    every = [block for page in PAGES for block in documents.blocks(page)]
    left = [block for block in every if block.reason]
    with capsys.disabled():
        print(f"\n{documents.count()}")  # noqa: T201 - to be seen
    assert len(left) * 5 <= len(every)


def test_the_first_two_commands_install_collect_and_test() -> None:
    first, second = [block.code for block in documents.blocks(ROOT / "README.md") if block.language == "sh"][:2]
    assert "pip install . && ayne collect --sandbox" in first
    assert second.strip().endswith("pytest -n auto --dist worksteal")


def test_the_collection_that_the_tutorial_stops_cannot_be_over_before() -> None:
    page = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    stop = re.search(r"timeout -s INT (\d+) ayne collect .* --rate (\d+) ", page)
    told = re.search(r"`(\d+) listed, (\d+) with details", page)
    assert stop
    assert told
    listed, had = map(int, told.groups())
    # What can be had until then, lists aside, is less than half of what there is.
    assert had <= int(stop[1]) * int(stop[2]) < listed / 2


@pytest.mark.parametrize("name", cli.commands)
def test_every_command_has_help_with_an_example(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"])
    assert shown.exit_code == 0
    assert re.search(rf"^ +(\S+=\S+ )*ayne {name}", shown.output, flags=re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_option_that_the_documents_name_exists(page: Path) -> None:
    for line in page.read_text(encoding="utf-8").splitlines():
        for name, rest in re.findall(r"\bayne (\w+) ([^`|&]*)", line):
            if name in cli.commands:
                options = {option for parameter in cli.commands[name].params for option in parameter.opts}
                named = set(re.findall(r"(?<![\w-])--[a-z-]+", rest))
                assert named <= options | {"--help"}, line


def test_the_refresh_policy_that_is_shown_is_the_one_that_is_followed() -> None:
    shown = [tomllib.loads(b.code) for page in PAGES for b in documents.blocks(page) if b.language == "toml"]
    whole = [settings["refresh"] for settings in shown if len(settings.get("refresh", ())) > 5]
    assert whole
    assert all(RefreshPolicy.from_mapping(policy) == RefreshPolicy() for policy in whole)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_the_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        generated = target.rpartition("/")[2] in documents.GENERATED
        assert generated or (page.parent / target).exists(), target


def test_the_license_the_package_and_the_site_name_the_same_holder() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (holder,) = (author["name"] for author in project["authors"])
    assert re.search(
        rf"^Copyright \(c\) \d{{4}} {holder}$", (ROOT / "LICENSE").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert f'author = "{holder}"' in (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "module",
    [
        "ayne",
        "ayne.blocking",
        "ayne.dask",
        "ayne.data_collection.omdb",
        "ayne.data_collection.tmdb",
        "ayne.database.duckdb_client",
        "ayne.report",
    ],
)
def test_every_public_name_is_in_the_reference(module: str) -> None:
    pages = sorted((ROOT / "docs" / "reference" / "python").glob("*.md"))
    told = "".join(page.read_text(encoding="utf-8") for page in pages)
    public = [name for name in import_module(module).__all__ if name != "__version__" and not name.isupper()]
    # What a module promises by `automodule` is told whole.
    left = [] if f"automodule:: {module}" in told else [n for n in public if not re.search(rf"[.:]{n}\b|\b{n}\(", told)]
    assert left == []
