"""The report as a file: what is in it, what is never in it, and what becomes of it when it cannot be written."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from ayne.cli import cli
from ayne.database import migrations
from ayne.database.duckdb_client import DuckDBClient
from ayne.errors import ConfigurationError
from ayne.kinds import MOVIE, PERSON
from ayne.report import assets, queries, write_report
from ayne.report.carried import CAST, LEAST_MONEY
from ayne.report.charts import all_charts
from ayne.report.facts import Facts
from ayne.report.page import render
from ayne.settings import ATTRIBUTION
from tests.report_films import HOSTILE, NOW, collected


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> DuckDBClient:
    return collected(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def facts(db: DuckDBClient) -> Facts:
    return queries.read(db, NOW)


@pytest.fixture(scope="module")
def nothing() -> Facts:
    return queries.read(DuckDBClient(":memory:"), NOW)


def rendered(facts: Facts, *, posters: bool = False) -> str:
    return render(
        facts,
        all_charts(facts),
        attribution=ATTRIBUTION,
        style=assets.style(),
        script=assets.script(),
        posters=posters,
    )


def packed(text: str, name: str = "title-data") -> Any:
    (found,) = re.findall(rf'<script id="{name}" type="text/plain">([A-Za-z0-9+/=]*)</script>', text)
    return json.loads(gzip.decompress(base64.b64decode(found)))


def test_the_years_are_those_of_the_ledger(facts: Facts, db: DuckDBClient) -> None:
    chart = all_charts(facts)["coverage_chart"]
    counted = db.query("SELECT year(release_date), count(*) FROM films WHERE release_date IS NOT NULL GROUP BY ALL")
    name, tone, heights = chart.stacks[0]
    assert dict(zip(chart.x, heights, strict=True)) == dict(counted.rows)
    assert (name.startswith("overfull"), tone) == (True, "bad")
    assert chart.x == sorted(chart.x)


def test_a_year_that_tmdb_reported_and_nothing_is_stored_of_is_shown_as_lacking(
    db: DuckDBClient, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(db.path, tmp_path))
    with duckdb.connect(str(copy)) as con:
        unseen = {"range": "1981", "start_date": "1981-01-01", "end_date": "1981-12-31", "state": "open"}
        values = {**unseen, "distinct_films": 0, "rows": 0, "pages_done": [], "reported_low": 7, "reported_high": 7}
        kept = ", ".join(f"${name} AS {name}" for name in values)
        con.execute(f"INSERT INTO ranges BY NAME SELECT * REPLACE ({kept}) FROM ranges LIMIT 1", values)
    chart = all_charts(queries.read(DuckDBClient(copy), NOW))["coverage_chart"]
    name, _, heights = chart.stacks[-1]
    assert name == "reported, but not listed"
    assert dict(zip(chart.x, heights, strict=True))[1981] == 7


def test_one_column_is_a_sentence(facts: Facts) -> None:
    (run,) = (run for run in facts.runs if run["report"])
    alone = replace(facts, runs=[run])
    assert not all_charts(alone)["requests"].is_worth_drawing
    assert 'id="requests"' not in rendered(alone)
    assert 'id="requests"' in rendered(replace(facts, runs=[run] * 3))


def test_every_film_is_in_one_bar_of_the_ratings(facts: Facts, db: DuckDBClient) -> None:
    ((rated,),) = db.query("SELECT count(*) FROM films WHERE vote_average IS NOT NULL").rows
    (films,) = packed(rendered(facts))["kinds"]
    assert sum(films["ratings"]["average"]) == rated


def test_no_text_of_a_film_is_markup(facts: Facts) -> None:
    text = rendered(facts)
    for title in HOSTILE:
        assert title not in text
    assert text.count("<script") == text.count("</script>") == 4
    assert "<b>2021</b>" not in text
    assert html.escape("<b>2021</b>") in text
    assert "TMDB &amp; &lt;i&gt;others&lt;/i&gt;" in text


def test_the_page_carries_the_films_as_they_are(facts: Facts) -> None:
    (films,) = packed(rendered(facts))["kinds"]
    assert tuple(films["columns"]["title"][: len(HOSTILE)]) == HOSTILE
    assert len(films["columns"]["title"]) == films["total"] == facts.overview["films"]
    assert packed(rendered(facts), "text-data")["movie"][0] == HOSTILE[0]


def test_the_page_says_what_its_filters_go_over(db: DuckDBClient, facts: Facts) -> None:
    total = facts.overview["films"]
    assert f"Filters go over all {total:,} films." in rendered(facts)
    few = rendered(queries.read(db, NOW, films=100))
    assert f"Filters go over the 100 most voted of {total:,} films, and " in few
    (films,) = packed(few)["kinds"]
    assert 100 < len(films["columns"]["title"]) < total
    (none,) = packed(rendered(queries.read(db, NOW, films=0)))["kinds"]
    assert none["columns"]["title"] == []


def test_those_that_lead_are_carried_however_few_voted_for_them(db: DuckDBClient) -> None:
    read = queries.read(db, NOW, films=100).kinds[0]
    carried = {film["tmdb_id"] for film in read.titles}
    bounds = f"budget >= {LEAST_MONEY} AND revenue >= {LEAST_MONEY}"
    for leading in (
        "SELECT tmdb_id FROM films WHERE revenue IS NOT NULL ORDER BY revenue DESC, tmdb_id LIMIT 20",
        f"SELECT tmdb_id FROM films WHERE {bounds} ORDER BY revenue / budget DESC, tmdb_id LIMIT 20",
        f"SELECT tmdb_id FROM films WHERE vote_count >= {read.enough} ORDER BY vote_average DESC NULLS LAST LIMIT 5",
    ):
        assert {tmdb_id for (tmdb_id,) in db.query(leading).rows} <= carried
    years = db.query("SELECT DISTINCT year(release_date) FROM films WHERE release_date IS NOT NULL").rows
    assert {film["released"].year for film in read.titles if film["released"]} == {year for (year,) in years}


def test_sums_of_groups_are_those_of_all_films_however_few_the_page_carries(db: DuckDBClient) -> None:
    read = queries.read(db, NOW, films=10).kinds[0]
    for side, member, rows in (
        ("actor", "person_id", f"credits WHERE billing < {CAST}"),
        ("keyword", "keyword_id", "keywords"),
        ("genre", "genre", "(SELECT tmdb_id, unnest(genres) AS genre FROM films)"),
        ("language", "original_language", "films WHERE original_language IS NOT NULL"),
    ):
        counted = db.query(f"SELECT {member}::VARCHAR, count(DISTINCT tmdb_id) FROM {rows} GROUP BY ALL").rows
        told = {(row["member"], row["titles"]) for row in read.groups if row["side"] == side}
        assert told, side
        assert told <= set(counted), side


def test_a_return_is_all_revenue_by_all_budget_of_those_that_tell_both(db: DuckDBClient) -> None:
    read = queries.read(db, NOW).kinds[0]
    both = f"budget >= {LEAST_MONEY} AND revenue >= {LEAST_MONEY}"
    expected = db.query(
        f"SELECT genre, sum(revenue) / sum(budget) FROM (SELECT unnest(genres) AS genre, * FROM films WHERE {both}) "
        f"GROUP BY genre HAVING count(*) >= {read.fewest}"
    ).rows
    told = {row["member"]: row["returned"] for row in read.groups if row["side"] == "genre" and row["returned"]}
    assert told == pytest.approx(dict(expected))


def test_films_of_tmdb_lead_to_their_page_and_those_of_a_sandbox_nowhere(facts: Facts) -> None:
    (real,), (sandbox,) = (packed(rendered(each))["kinds"] for each in (replace(facts, servers=["TMDB"]), facts))
    assert real["page"] == "https://www.themoviedb.org/movie/"
    assert (sandbox["page"], sandbox["imdb"]) == (None, None)


def test_pictures_may_be_fetched_only_where_posters_were_asked_for(facts: Facts) -> None:
    (without,) = re.findall(r"img-src ([^;]*);", rendered(facts))
    (with_posters,) = re.findall(r"img-src ([^;]*);", rendered(facts, posters=True))
    assert (without, with_posters) == ("data:", "data: https://image.tmdb.org")


def test_tmdb_is_named_always_and_justwatch_where_its_data_are(facts: Facts, nothing: Facts) -> None:
    assert (ATTRIBUTION in rendered(facts), "JustWatch" in rendered(facts)) == (True, True)
    assert (ATTRIBUTION in rendered(nothing), "JustWatch" in rendered(nothing)) == (True, False)


def test_nothing_stored_is_a_page_that_says_so(nothing: Facts) -> None:
    text = rendered(nothing)
    assert not any(chart.is_worth_drawing for chart in all_charts(nothing).values())
    (films,) = packed(text)["kinds"]
    assert (films["total"], [side["sums"] for side in films["sides"] if side["names"]]) == (0, [])


def test_a_run_without_an_end_is_under_way_while_somebody_collects_else_it_was_killed(
    db: DuckDBClient, facts: Facts
) -> None:
    assert [run["outcome"] for run in facts.runs].count("killed") == 1
    assert "killed" in rendered(facts)
    with db.collecting():
        assert queries.read(db, NOW).runs[0]["outcome"] == "running"
    assert "refresh of films, 5 at most" in rendered(facts)


def test_what_had_to_be_asked_again_is_a_part_of_its_own(facts: Facts) -> None:
    (_, _, first), (_, _, again) = all_charts(facts)["requests"].stacks
    (run,) = (run for run in facts.runs if run["report"])
    assert sum(first) + sum(again) == run["report"]["requests"]
    assert sum(again) == sum(run["report"]["retries"].values()) > 0


def test_people_are_shown_where_there_are_any(db: DuckDBClient, facts: Facts, tmp_path: Path) -> None:
    assert 'id="people"' not in rendered(facts)
    copy = Path(shutil.copy(db.path, tmp_path))
    with duckdb.connect(str(copy)) as con:
        migrations.migrate(con, [MOVIE, PERSON])
        con.execute(
            "INSERT INTO people (tmdb_id, name, popularity, birthday, first_seen_at, details_at) "
            "SELECT DISTINCT person_id, $name, 5, DATE '1970-01-31', now()::TIMESTAMP, now()::TIMESTAMP "
            "FROM credits ORDER BY 1 LIMIT 30",
            {"name": HOSTILE[0]},
        )
    text = rendered(queries.read(DuckDBClient(copy), NOW))
    people = text[text.index('id="people"') : text.index('id="coverage"')]
    assert (people.count("1970-01-31"), people.count(html.escape(HOSTILE[0])), HOSTILE[0] in text) == (24, 24, False)
    assert "<b>30</b> people" in text


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


def test_a_file_without_films_has_no_votes() -> None:
    assert queries.read(DuckDBClient(":memory:"), NOW).kinds[0].summary["votes"] == 0
