"""The report as a file: what is in it, what is never in it, and what becomes of it when it cannot be written."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from ayne.cli import cli
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError
from ayne.report import assets, queries, write_report
from ayne.report.charts import all_charts
from ayne.report.facts import Facts
from ayne.report.page import render
from ayne.settings import ATTRIBUTION
from tests.report_films import HOSTILE, NOW, collected

graph_objects = import_module("plotly.graph_objects")


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> DuckDBClient:
    return collected(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def facts(db: DuckDBClient) -> Facts:
    return queries.read(db, NOW)


@pytest.fixture(scope="module")
def nothing() -> Facts:
    return queries.read(DuckDBClient(":memory:"), NOW)


def rendered(facts: Facts) -> str:
    parts = {"attribution": ATTRIBUTION, "style": assets.style(), "script": assets.script()}
    return render(facts, all_charts(facts), library="draw()", **parts)


def data(text: str, name: str) -> Any:
    (found,) = re.findall(rf'<script id="{name}" type="application/json">(.*?)</script>', text)
    return json.loads(found)


def test_plotly_knows_every_word_of_every_chart(facts: Facts) -> None:
    for name, chart in all_charts(facts).items():
        assert chart.figure is not None, name
        # It raises for a property that does not exist, or a value that cannot be.
        graph_objects.Figure(chart.figure)


def test_the_years_are_those_of_the_ledger(facts: Facts, db: DuckDBClient) -> None:
    figure = all_charts(facts)["years"].figure
    assert figure is not None
    drawn = dict(zip(figure["data"][0]["x"], figure["data"][0]["y"], strict=True))
    counted = db.query("SELECT year(release_date), count(*) FROM films WHERE release_date IS NOT NULL GROUP BY ALL")
    assert drawn == dict(counted.rows)
    assert figure["data"][0]["name"].startswith("overfull")


def test_a_year_that_tmdb_reported_and_nothing_is_stored_of_is_shown_as_lacking(
    db: DuckDBClient, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(db.path, tmp_path))
    with duckdb.connect(str(copy)) as con:
        unseen = {"range": "1981", "start_date": "1981-01-01", "end_date": "1981-12-31", "state": "open"}
        values = {**unseen, "distinct_films": 0, "rows": 0, "pages_done": [], "reported_low": 7, "reported_high": 7}
        kept = ", ".join(f"${name} AS {name}" for name in values)
        con.execute(f"INSERT INTO ranges BY NAME SELECT * REPLACE ({kept}) FROM ranges LIMIT 1", values)
    figure = all_charts(queries.read(DuckDBClient(copy), NOW))["years"].figure
    assert figure is not None
    lacking = figure["data"][-1]
    assert lacking["name"] == "reported, but not listed"
    assert (1981, 7) in zip(lacking["x"], lacking["y"], strict=True)


def test_every_film_is_in_one_bar_of_the_ratings(facts: Facts, db: DuckDBClient) -> None:
    ((rated,),) = db.query("SELECT count(*) FROM films WHERE vote_average IS NOT NULL").rows
    assert sum(row["films"] for row in facts.averages) == rated
    figure = all_charts(facts)["averages"].figure
    assert figure is not None
    assert sum(figure["data"][0]["y"]) == pytest.approx(100)


def test_no_text_of_a_film_is_markup(facts: Facts) -> None:
    text = rendered(facts)
    for title in HOSTILE:
        assert title not in text
    assert text.count("<script") == text.count("</script>") == 4
    assert "<b>2021</b>" not in text
    assert html.escape("<b>2021</b>") in text
    assert "TMDB &amp; &lt;i&gt;others&lt;/i&gt;" in text


def test_the_table_has_the_films_as_they_are(facts: Facts) -> None:
    table = data(rendered(facts), "film-data")
    at = [column["name"] for column in table["columns"]].index("title")
    assert tuple(row[at] for row in table["rows"][: len(HOSTILE)]) == HOSTILE
    assert len(table["rows"]) == facts.overview["films"]


def test_the_page_says_which_part_of_the_films_its_table_has(db: DuckDBClient, facts: Facts) -> None:
    films = facts.overview["films"]
    assert f"{films:,} films, all that are stored." in rendered(facts)
    part = rendered(queries.read(db, NOW, films=100))
    assert f"The 100 most voted of {films:,} films" in part
    assert len(data(part, "film-data")["rows"]) == 100


def test_films_of_tmdb_lead_to_their_page_and_those_of_a_sandbox_nowhere(facts: Facts) -> None:
    assert data(rendered(replace(facts, servers=["TMDB"])), "film-data")["link"] == "https://www.themoviedb.org/movie/"
    assert data(rendered(facts), "film-data")["link"] is None


def test_tmdb_is_named_always_and_justwatch_where_its_data_are(facts: Facts, nothing: Facts) -> None:
    assert (ATTRIBUTION in rendered(facts), "JustWatch" in rendered(facts)) == (True, True)
    assert (ATTRIBUTION in rendered(nothing), "JustWatch" in rendered(nothing)) == (True, False)


def test_nothing_stored_is_a_page_that_says_so(nothing: Facts) -> None:
    text = rendered(nothing)
    assert text.count("nothing to show yet") == len(all_charts(nothing))
    assert data(text, "film-data")["rows"] == []


def test_a_run_without_an_end_is_under_way_while_somebody_collects_else_it_was_killed(
    db: DuckDBClient, facts: Facts
) -> None:
    assert [run["outcome"] for run in facts.runs].count("killed") == 1
    assert "killed" in rendered(facts)
    with db.collecting():
        assert queries.read(db, NOW).runs[0]["outcome"] == "running"
    assert "refresh, 5 films at most" in rendered(facts)


def test_what_had_to_be_asked_again_is_a_part_of_its_own(facts: Facts) -> None:
    figure = all_charts(facts)["requests"].figure
    assert figure is not None
    first, again = figure["data"]
    (run,) = (run for run in facts.runs if run["report"])
    assert sum(first["y"]) + sum(again["y"]) == run["report"]["requests"]
    assert sum(again["y"]) == sum(run["report"]["retries"].values()) > 0


def test_the_same_facts_are_the_same_page(facts: Facts) -> None:
    assert rendered(facts) == rendered(facts)


def test_copies_near_six_months_are_named(db: DuckDBClient) -> None:
    later = queries.read(db, NOW + timedelta(days=20))
    assert f"{later.expiring['overdue']:,} films may no longer be kept" in rendered(later)
    assert later.expiring["overdue"] > 0


def test_the_command_writes_the_page(db: DuckDBClient, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    done = CliRunner().invoke(cli, ["report", "--db", db.path, "--out", str(out), "--films", "10", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"report": str(out), "bytes": out.stat().st_size}
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_page_that_cannot_be_written_leaves_nothing(db: DuckDBClient, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_report(db, tmp_path / "nowhere" / "report.html", NOW)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["report.html.part", ".report.html", "other.html"])
def test_a_page_is_written_again_and_nothing_beside_it_is(db: DuckDBClient, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    write_report(db, tmp_path / "report.html", NOW)
    size = write_report(db, tmp_path / "report.html", NOW, films=3)
    assert (tmp_path / "report.html").stat().st_size == size
    assert (tmp_path / name).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_that_is_not_a_page_as_it_was_written_is_not_replaced(db: DuckDBClient, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    for content in (b"", b"my own report", Path(db.path).read_bytes()):
        page.write_bytes(content)
        done = CliRunner().invoke(cli, ["report", "--db", db.path, "--out", str(page)])
        assert "left alone" in str(done.exception)
        assert page.read_bytes() == content
    page.unlink()
    write_report(db, page, NOW)
    page.write_bytes(page.read_bytes().replace(b"</main>", b"my notes</main>"))
    with pytest.raises(ConfigurationError, match=r"report\.html is not a page .* Move it away"):
        write_report(db, page, NOW)
    assert b"my notes" in page.read_bytes()


def test_without_plotly_the_command_says_what_to_install(db: DuckDBClient, tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['plotly'] = None; from ayne.cli import main; "
        f"sys.argv = ['ayne', 'report', '--db', {db.path!r}]; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'ayne[report]'" in done.stderr


def test_a_file_without_films_has_no_votes() -> None:
    assert DuckDBClient(":memory:").named("report_overview").as_dicts()[0]["votes"] == 0
