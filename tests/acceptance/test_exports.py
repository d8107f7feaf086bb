"""``ayne collect --source export``, with a plain file server for the exports."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from tests.shell import FAST, KEY, Shell

DETAILS = "SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL ORDER BY tmdb_id"


class Handler(SimpleHTTPRequestHandler):
    """Keeps what was asked, and prints nothing."""

    asked: list[str]

    def send_response(self, code: int, message: str | None = None) -> None:
        self.asked.append(f"{code} {self.path} {dict(self.headers)}")
        super().send_response(code, message)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A file server without ranges, which is the worst that may be met; its address, and what it was asked."""
    asked: list[str] = []
    handler = type("Asked", (Handler,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def small() -> Catalogue:
    return Catalogue.generated(150, seed=2, undated=0.2)


def test_the_command_collects_what_yesterdays_export_names(tmp_path: Path, small: Catalogue) -> None:
    films = [small.summary(position) for position in range(len(small))]
    (tmp_path / "served").mkdir()
    (tmp_path / "work").mkdir()
    # A day back, and two, so that midnight does not matter.
    for days in (1, 2):
        day = datetime.now(UTC) - timedelta(days=days)
        lines = b"\n".join(msgspec.json.encode(film) for film in films if not film["adult"])
        (tmp_path / "served" / f"movie_ids_{day:%m_%d_%Y}.json.gz").write_bytes(gzip.compress(lines))
    with running(SandboxApp(small)) as sandbox, serving(tmp_path / "served") as (url, asked):
        settings = {"AYNE_TMDB_URL": sandbox.url, "TMDB_API_KEY": KEY, "AYNE_EXPORTS_URL": url}
        shell = Shell(tmp_path / "work", settings)
        done = shell.ayne("collect", "--source", "export", *FAST)
        expected = sorted(film["id"] for film in films if not film["adult"])
        assert shell.query(DETAILS) == [(tmdb_id,) for tmdb_id in expected]
        assert shell.query("SELECT count(*) > 10 FROM movies WHERE release_date IS NULL") == [(True,)]
        assert "downloading ids" in done.stderr
        assert f": {len(expected)} films" in done.stderr
        assert f"{len(expected)} ids in all: 0 in both, {len(expected)} only in the export" in done.stderr
        assert [path.suffix for path in (tmp_path / "work" / "films.duckdb.exports").glob("movie*")] == [".gz"]
        assert [answer[:3] for answer in asked] == ["404", "200"]
        assert KEY not in "".join(asked)
        shell.ayne("collect", "--source", "export", *FAST)
        assert [answer[:3] for answer in asked] == ["404", "200", "404"]
