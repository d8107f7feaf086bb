"""What a server puts into titles, errors and headers moves no terminal, whichever command shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import duckdb
import pytest

from ayne.sandbox.server import addresses
from tests.reliability.children import Said, command, in_child
from tests.unit.test_sanitize import moves_a_terminal

# Clear the screen, the eight-bit CSI, the window's title, a link, a carriage return, an override of direction, markup.
EVIL = "\x1b[2JUp\x9b31m\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\x\r\u202eyaw\u2066[bold]</script><script>1\x7f"
FORMULA = "=cmd|' /C calc'!A0"

COLLECT = (
    "collect",
    "--from",
    "2020",
    "--to",
    "2020",
    "--min-votes",
    "0",
    "--rate",
    "2000",
    "--parts",
    "credits,keywords",
)
COMMANDS = [
    COLLECT,
    ("plan", "--from", "2020", "--to", "2020", "--min-votes", "0"),
    ("status",),
    ("status", "--json"),
    ("movie", "550"),
    ("movie", "550", "--json"),
    ("movie", "550", "--history"),
    ("sql", "SELECT title, overview, raw FROM movies"),
    ("sql", "--json", "SELECT title, overview FROM movies"),
    ("sql", "--csv", "SELECT title FROM movies"),
    ("sql", f"SELECT no such {EVIL}"),
    ("ratings", "--limit", "3", "--rate", "2000"),
    ("refresh", "--limit", "3", "--rate", "2000"),
    ("rebuild",),
    ("doctor",),
    ("purge",),
    ("export", "--format", "csv", "--out", "csv"),
    ("report", "--out", "report.html"),
]  # fmt: skip


class Evil(BaseHTTPRequestHandler):
    """A film whose every text is an attack; or an error."""

    status = 200

    def do_GET(self) -> None:
        film = {"id": 550, "imdb_id": "tt0137523", "release_date": "2020-05-05", "vote_count": 1, EVIL: EVIL}
        texts = ("title", "original_title", "original_language", "overview", "tagline", "status", "homepage")
        film |= dict.fromkeys(texts, EVIL) | {"original_title": FORMULA}
        film["genres"] = [{"id": 1, "name": EVIL}]
        film["credits"] = {"cast": [{"id": 1, "name": EVIL, "character": EVIL, EVIL: 1}], "crew": []}
        film["keywords"] = {"keywords": [{"id": 1, "name": EVIL}]}
        body: object = film
        if "discover" in self.path or "changes" in self.path:
            body = {"results": [film, {"id": EVIL}], "page": 1, "total_pages": 1, "total_results": 2}
        if "omdb" in self.path:
            body = {"Response": "True", "imdbID": "tt0137523", "Title": EVIL, "Awards": EVIL, "Year": EVIL}
        if self.status != 200:
            body = {"status_code": self.status, "status_message": EVIL, "Error": EVIL, "Response": "False"}
        sent = json.dumps(body).encode()
        self.send_response_only(401 if self.status == 7 else self.status)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def evil(status: int) -> Iterator[dict[str, str]]:
    handler = type("Handler", (Evil,), {"status": status})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        keys = {"TMDB_API_KEY": "0" * 32, "OMDB_API_KEY": "0123abcd"}
        yield addresses(f"http://127.0.0.1:{server.server_port}/3") | keys
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def check(said: Said, what: object) -> None:
    assert "Traceback" not in said.err, said.err[-1500:]
    moving = {letter for letter in said.out + said.err if moves_a_terminal(letter)} - {"\n", "\t"}
    assert not moving, f"{what}: {moving} in {said.out[-600:]!r} {said.err[-600:]!r}"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("evil")
    with evil(200) as environment:
        check(in_child(command, [*COLLECT], environment, str(folder)), COLLECT)
        with duckdb.connect(str(folder / "films.duckdb"), read_only=True) as con:
            assert con.execute("SELECT title FROM movies WHERE details_at IS NOT NULL").fetchall() == [(EVIL,)]
        yield str(folder), environment


@pytest.mark.parametrize("loud", [(), ("-vv",)], ids=["quiet", "loud"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: "-".join(arguments)[:30].encode().hex()[:12])
def test_no_command_lets_a_title_move_the_terminal(
    stored: tuple[str, dict[str, str]], arguments: tuple[str, ...], loud: tuple[str, ...]
) -> None:
    folder, environment = stored
    check(in_child(command, [*arguments, *loud], environment, folder), arguments)


def test_no_error_of_a_server_moves_the_terminal(tmp_path: Path) -> None:
    with evil(7) as environment:
        for arguments in (COLLECT, ("doctor",), ("plan", "--from", "2020"), ("ratings",)):
            for loud in ((), ("-vv",)):
                check(in_child(command, [*arguments, *loud], environment, str(tmp_path)), arguments)


def test_an_export_starts_no_formula_and_the_report_runs_no_script(stored: tuple[str, dict[str, str]]) -> None:
    folder, environment = stored
    for arguments in (COMMANDS[-2], COMMANDS[-1]):
        in_child(command, [*arguments], environment, folder)
    movies = (Path(folder) / "csv" / "movies.csv").read_text(encoding="utf-8")
    assert "calc" in movies
    assert not re.search(r'(^|,)"?[=+@]', movies, re.MULTILINE)
    page = (Path(folder) / "report.html").read_text(encoding="utf-8")
    assert "<script>1" not in page
    assert "</script><script>" not in page
