"""People by the commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayne.cli.people import people
from ayne.kinds.person import BILLED, JOBS
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import RunningSandbox, running
from tests.shell import FAST, Shell, shell_for


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(SandboxApp(Catalogue.generated(40, 1))) as served:
        yield served


@pytest.fixture(scope="module")
def shell(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    made = shell_for(tmp_path_factory.mktemp("people"), sandbox.url)
    made.forked("collect", "--from", "1900", "--to", "2040", "--min-votes", "0", "--parts", "credits", *FAST)
    return made


def said(shell: Shell, *words: str, code: int = 0) -> str:
    done = shell.forked(*words, code=code)
    return " ".join((done.stdout + done.stderr).split())


def test_people_are_planned_fetched_shown_and_told_of(shell: Shell) -> None:
    told = json.loads(shell.forked("people", "--plan", *FAST, "--json").stdout)
    assert told["requests"] == told["missing"] == told["named"] > 50
    assert "the first 5 of each cast; Director" in said(shell, "people", "--plan")
    first = json.loads(shell.forked("people", *FAST, "--limit", "9", "--parts", "combined_credits", "--json").stdout)
    assert (first["kind"], first["details"], first["requests"]) == ("person", 9, 9)
    assert json.loads(shell.forked("people", "--plan", "--max-requests", "5", "--json").stdout)["requests"] == 5
    spent = said(shell, "people", *FAST, "--max-requests", "5", "--parts", "combined_credits")
    assert "5 people stored" in spent
    assert "The budget is spent and there is more to do: the same command carries on." in spent
    # A file's parts are meant for films.
    (shell.folder / "ayne.toml").write_text('parts = "credits"\n', encoding="utf-8")
    assert f"{told['named'] - 14:,} people to fetch, a request each" in said(shell, "people", *FAST)
    (shell.folder / "ayne.toml").unlink()
    assert "0 people stored" in said(shell, "people", *FAST)

    ((number, name, imdb_id),) = shell.query(
        "SELECT tmdb_id, name, imdb_id FROM people WHERE imdb_id IS NOT NULL ORDER BY tmdb_id LIMIT 1"
    )
    by_id = json.loads(shell.forked("person", str(number), "--json").stdout)
    assert (by_id["name"], by_id["imdb_id"], by_id["titles"][0]["kind"]) == (name, imdb_id, "movie")
    for words in (str(imdb_id), f"https://www.themoviedb.org/person/{number}-x", str(name).upper()):
        assert json.loads(shell.forked("person", words, "--json").stdout) == by_id
    assert f"{told['named']} people, {told['named']} with details" in said(shell, "status", "--kind", "person")
    assert "is a film or a series, not a person" in said(shell, "person", "tt0137523", code=2)
    assert "--online finds the id" in said(shell, "person", "999999999", code=1)


def test_one_person_is_found_and_fetched_at_tmdb(shell: Shell, tmp_path: Path) -> None:
    alone = Shell(tmp_path, shell.settings)
    found = json.loads(alone.forked("person", "amina adeyemi", "--online", "--json").stdout)["found"]
    assert found[0]["name"] == "Amina Adeyemi"
    assert "department popularity stored" in said(alone, "person", "amina", "--online")
    assert f"fetched {found[0]['tmdb_id']}" in said(alone, "person", str(found[0]["tmdb_id"]), "--fetch")
    (alone.folder / "ids.txt").write_text(f"{found[1]['tmdb_id']}\ntt0137523\n", encoding="utf-8")
    assert "1 stored, 1 not a person" in said(alone, "people", "--ids", "ids.txt", *FAST)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("people", "--jobs", "Directer"), "Did you mean 'Director'?"),
        (("people", "--all", "--billed", "3"), "--billed does not go with --all"),
        (("people", "--ids", "x", "--jobs", "Director"), "--jobs does not go with --ids"),
        (("people", "--ids", "x", "--plan"), "`ayne plan --kind person --ids x`"),
        (("people", "--billed", "0", "--jobs", ""), "nobody is meant"),
        (("people", "--parts", "credits"), "no part 'credits' of a person"),
        (("people", "--all"), "Add --yes, if that is meant"),
        (("people", "--db", "none.duckdb"), "There is no database none.duckdb that names people"),
        (("collect", "--kind", "person"), "TMDB lists no people by date. `ayne people` fetches"),
        (("plan", "--kind", "movie,person"), "`ayne people --plan` says what that takes"),
        (("sync", "--kind", "person", "--genres", "drama"), "no such filter of people"),
        (("sync", "--kind", "person", "--from", "1990"), "--from does not go with --kind person"),
        (("people", "--yes"), "--yes needs --all"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_makes_no_sense_of_people_is_refused_before_anything_is_asked(
    shell: Shell, words: tuple[str, ...], told: str
) -> None:
    assert told in said(shell, *words, code=2)


def test_the_help_names_the_jobs_and_the_billing_that_are_meant() -> None:
    defaults = {option.name: option.default for option in people.params}
    assert (defaults["billed"], defaults["jobs"]) == (BILLED, ",".join(JOBS))
