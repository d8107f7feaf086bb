"""The commands that keep a file, in the order in which somebody meets them, against one sandbox."""

from __future__ import annotations

import json
from pathlib import Path

from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.server import running
from tests.shell import FAST, KEY, SPAN, Shell, ids_of


def test_films_are_collected_rated_refreshed_renewed_rebuilt_and_purged(films: Catalogue, tmp_path: Path) -> None:
    with running(SandboxApp(films)) as served:
        omdb = f"{served.url.removesuffix('/3')}/omdb/"
        shell = Shell(
            tmp_path,
            {"AYNE_TMDB_URL": served.url, "AYNE_OMDB_URL": omdb, "TMDB_API_KEY": KEY, "OMDB_API_KEY": KEY[:8]},
        )

        collected = json.loads(shell.forked("collect", *SPAN, *FAST, "--json").stdout)
        assert collected["complete"]
        found = [tmdb_id for (tmdb_id,) in shell.query("SELECT tmdb_id FROM films ORDER BY ALL")]
        assert found == ids_of(films, 2020, 2021)

        rated = json.loads(shell.forked("ratings", *FAST, "--limit", "5", "--json").stdout)
        assert (rated["rated"], shell.query("SELECT count(*) FROM ratings")) == (5, [(5,)])

        assert json.loads(shell.forked("refresh", *FAST, "--json").stdout)["complete"]
        # What a sync would take is known without asking, and said before a sync without a budget.
        sent = len(served.app.log)
        told = json.loads(shell.forked("plan", "--sync", *SPAN, *FAST, "--json").stdout)
        assert (len(served.app.log), told["stored"] > 0) == (sent, True)
        # OMDb is asked at a pace of its own.
        assert json.loads(shell.forked("sync", *FAST, "--max-requests", "8", "--json").stdout)["requests"] <= 8

    # Nobody is there to be asked any more.
    assert json.loads(shell.forked("rebuild", "--json").stdout)["films"] >= len(found)
    assert not json.loads(shell.forked("purge", "--json").stdout)["details"]
    assert shell.query("SELECT count(*) FROM films WHERE details_at IS NOT NULL") >= [(len(found),)]


def test_without_a_key_it_says_where_to_get_one_and_how_to_try_without(tmp_path: Path) -> None:
    said = Shell(tmp_path, {}).forked("collect", *SPAN, code=2).stderr
    assert "https://www.themoviedb.org/settings/api" in said
    assert "--sandbox" in said
