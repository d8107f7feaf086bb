"""The report as a person meets it: in a browser, without a network."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ayne.database import migrations
from ayne.database.duckdb_client import DuckDBClient
from ayne.kinds import MOVIE, SERIES
from ayne.report import write_report
from tests import spreadsheet_cells
from tests.report_films import CAFE, HOSTILE, NOW, collected

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FILL = "text => getComputedStyle(text).fill"
SIDES = ("genre", "country", "language", "decade", "actor", "company", "keyword")
CHARTS = ("years_chart", "ratings_chart", "averages_chart", "money_chart", "coverage_chart", "ages")


@dataclass
class Visit:
    """A page that was opened, and all it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def titles(self) -> list[str]:
        return self.page.locator("#titles tbody td.title button").all_text_contents()

    def column(self, name: str) -> list[str]:
        heads = [head.get_attribute("data-column") for head in self.page.locator("#titles thead th").all()]
        return self.page.locator(f"#titles tbody td:nth-child({heads.index(name) + 1})").all_text_contents()

    def names(self, listed: str) -> list[str]:
        """What a list or a panel shows, without the rank and the value."""
        return self.page.locator(f"[data-list={listed}] .name").all_text_contents()

    def count(self) -> str:
        return self.page.locator("#count").text_content() or ""

    def address(self) -> str:
        return str(self.page.evaluate("location.hash"))

    def set(self, **fields: str) -> None:
        for name, value in fields.items():
            field = self.page.locator(f"#{name}")
            if name in ("genre", "country", "language", "sort"):
                field.select_option(label=value)
            else:
                field.fill(value)
        # Typing is waited for, and the address is written when all is shown.
        told = {name: value for name, value in fields.items() if name not in ("genre", "country", "language")}
        self.page.wait_for_function(
            """told => { const at = new URLSearchParams(location.hash.slice(1));
                         return Object.entries(told).every(([name, value]) => (at.get(name) ?? '') === value); }""",
            arg=told,
        )

    def open(self, place: int = 0) -> None:
        self.page.locator("#titles tbody td.title button").nth(place).click()
        self.page.wait_for_selector("#card[open]")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_report(collected(folder), folder / "report.html", NOW)
    return folder / "report.html"


def visit(browser: Browser, report: Path, address: str = "", **context: Any) -> Visit:
    page = browser.new_page(**context)
    seen = Visit(page)
    page.on("console", lambda message: seen.said.append(message.text))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on("request", lambda request: seen.asked.append(request.url))
    page.goto(report.as_uri() + address)
    page.wait_for_selector("html[data-drawn=yes]")
    return seen


@pytest.fixture(scope="module")
def opened(browser: Browser, report: Path) -> Iterator[Visit]:
    found = visit(browser, report, viewport={"width": 1280, "height": 900})
    yield found
    found.page.close()


@pytest.fixture
def seen(opened: Visit) -> Visit:
    """The page as it is at first."""
    opened.page.evaluate("() => { document.getElementById('card').close(); location.hash = '#votes=0'; }")
    opened.page.wait_for_selector("#clear:enabled")
    opened.page.locator("#clear").click()
    assert opened.address() == ""
    return opened


@pytest.fixture
def alone(browser: Browser, report: Path) -> Iterator[Visit]:
    """A page that a test may spoil."""
    found = visit(browser, report, viewport={"width": 1280, "height": 900})
    yield found
    found.page.close()


def test_it_opens_without_a_word_on_the_console_and_without_a_request(seen: Visit, report: Path) -> None:
    assert (seen.said, seen.asked) == ([], [report.as_uri()])


def test_every_chart_is_drawn(seen: Visit) -> None:
    shapes = {name: seen.page.locator(f"#{name} .bar, #{name} .median, #{name} .point").count() for name in CHARTS}
    assert min(shapes.values()) > 0, shapes


def test_a_column_that_is_pointed_at_says_what_it_is_and_a_click_filters_by_it(seen: Visit) -> None:
    column = seen.page.locator("#years_chart .bar").last
    column.hover(force=True)
    told = seen.page.locator("#tip").text_content() or ""
    assert re.fullmatch(r"\d{4}: \d+ films?", told)
    column.click(force=True)
    year = told[:4]
    assert seen.address() == f"#from={year}&to={year}"
    assert all(day.startswith(year) for day in seen.column("released"))


def test_arrow_keys_tell_a_chart_column_by_column(seen: Visit) -> None:
    seen.page.locator("#coverage_chart svg").focus()
    seen.page.keyboard.press("ArrowRight")
    first = seen.page.locator("#tip").text_content()
    seen.page.keyboard.press("ArrowRight")
    assert first != seen.page.locator("#tip").text_content() != ""
    seen.page.keyboard.press("Escape")
    assert seen.page.locator("#tip").is_hidden()


def test_titles_of_films_stay_text_where_a_point_says_them(seen: Visit) -> None:
    seen.page.locator("#money_chart svg").focus()
    told = []
    for _ in HOSTILE:
        seen.page.keyboard.press("ArrowRight")
        told.append(seen.page.locator("#tip").text_content() or "")
    for title, text in zip(HOSTILE, told, strict=True):
        assert text.startswith(title)


def test_texts_of_films_stay_text_everywhere(seen: Visit) -> None:
    assert tuple(seen.titles()[: len(HOSTILE)]) == HOSTILE
    assert tuple(seen.names("revenue")[: len(HOSTILE)])
    for place, title in enumerate(HOSTILE):
        seen.open(place)
        card = seen.page.locator("#card_body")
        seen.page.wait_for_function("title => document.querySelector('.overview').textContent === title", arg=title)
        # Its name, its genre, its company, its people and keywords are all called so.
        assert card.locator("h2").text_content() == title or (card.locator("h2").text_content() or "").startswith(title)
        assert card.locator("dd button", has_text=title).count() >= 3
        seen.page.keyboard.press("Escape")
    assert seen.page.evaluate("window.harmed") is None
    assert seen.page.locator("img, iframe, object, [onerror], a[href^=javascript]").count() == 0
    assert seen.page.locator("td i, td b, #card i, .name b").count() == 0


def test_a_filter_by_a_hostile_name_stays_text_in_its_chip_and_in_the_address(seen: Visit) -> None:
    seen.set(genre=HOSTILE[2])
    assert (seen.page.locator("#chips").text_content() or "").startswith(f"Genre: {HOSTILE[2]}")
    assert "<" not in seen.address()
    assert seen.titles() == [HOSTILE[2]]
    assert seen.page.evaluate("window.harmed") is None


def test_an_address_that_is_no_view_does_no_harm(browser: Browser, report: Path) -> None:
    address = (
        "#genre=<img src=x onerror='window.harmed=7'>&from=abc&sort=constructor&by=__proto__&kind=toString&film=-1"
    )
    found = visit(browser, report, address)
    assert found.titles() == []
    assert (found.said, found.page.evaluate("window.harmed")) == ([], None)
    found.page.close()
    found = visit(browser, report, "#by=__proto__&sort=toString")
    assert (tuple(found.titles()[: len(HOSTILE)]), found.said) == (HOSTILE, [])
    found.page.close()


def test_a_script_that_is_none_of_the_page_does_not_run(alone: Visit) -> None:
    violated = alone.page.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener('securitypolicyviolation', event => resolve(event.effectiveDirective));
            setTimeout(resolve, 5000, 'nothing was violated');
            const script = document.createElement('script');
            script.textContent = 'window.harmed = 5';
            document.head.append(script);
        })"""
    )
    assert (violated, alone.page.evaluate("window.harmed")) == ("script-src-elem", None)


def test_nothing_can_be_fetched_from_the_page(alone: Visit) -> None:
    told = alone.page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'fetched', error => String(error))")
    assert "Failed to fetch" in told
    assert any("Content Security Policy" in line for line in alone.said)


def test_a_search_shows_the_films_with_all_its_words(seen: Visit) -> None:
    seen.set(text="documentary 2015")
    found = seen.titles()
    assert found
    assert all("Documentary" in genres for genres in seen.column("genre"))
    assert all("2015" in day for day in seen.column("released"))
    assert seen.count() == f"1–{len(found)} of {len(found)}"  # noqa: RUF001 - a span


def test_a_search_needs_no_accents(seen: Visit) -> None:
    seen.set(text="cafe d'amelie")
    assert seen.titles() == [CAFE]


def test_a_search_that_finds_nothing_says_so(seen: Visit) -> None:
    seen.set(text="no film is called so")
    assert (seen.titles(), seen.count()) == ([], "no film found")
    assert "Take a filter away" in (seen.page.locator("#lists").text_content() or "")


def test_filters_go_together_and_everything_follows_them(seen: Visit) -> None:
    before = seen.page.locator("#years_chart .bar").count()
    seen.set(**{"from": "2000", "to": "2009", "votes": "50"}, genre="Drama")
    assert all("Drama" in genres for genres in seen.column("genre"))
    assert all("2000" <= day[:4] <= "2009" for day in seen.column("released"))
    assert min(map(_number, seen.column("votes"))) >= 50
    found = int((seen.page.locator("#found").text_content() or "0").split()[0])
    assert seen.count().endswith(f" of {found}")
    assert seen.names("decade") == ["2000s"]
    assert seen.page.locator("#years_chart .bar").count() <= 10 < before
    seen.page.locator("#clear").click()
    assert seen.page.locator("#years_chart .bar").count() == before


def test_sums_of_a_filter_that_all_films_pass_are_those_of_the_database(seen: Visit) -> None:
    for rank in ("titles", "votes", "revenue", "returned"):
        seen.page.locator(f"[data-rank={rank}]").click()
        of_all = {side: seen.page.locator(f"[data-list={side}] li").all_text_contents() for side in SIDES}
        seen.set(votes="0")
        assert {side: seen.page.locator(f"[data-list={side}] li").all_text_contents() for side in SIDES} == of_all
        seen.page.locator("#chips button").click()


def test_a_view_is_told_by_its_address(seen: Visit, browser: Browser, report: Path) -> None:
    seen.set(text="drama", votes="20")
    seen.page.locator("[data-rank=returned]").click()
    seen.page.locator("#titles thead button", has_text="Revenue").click()
    again = visit(browser, report, seen.address())
    assert again.titles() == seen.titles()
    assert again.names("actor") == seen.names("actor")
    assert again.page.locator("#text").input_value() == "drama"
    assert again.page.locator("[data-rank=returned]").get_attribute("aria-pressed") == "true"
    again.page.close()


def test_back_takes_the_last_filter_away(seen: Visit) -> None:
    first = seen.titles()
    seen.page.locator("[data-list=genre] button").first.click()
    assert seen.titles() != first
    seen.page.go_back()
    assert (seen.titles(), seen.address()) == (first, "")


def test_a_group_filters_and_filters_no_more(seen: Visit) -> None:
    name = seen.names("genre")[0]
    seen.page.locator("[data-list=genre] button").first.click()
    assert all(name in genres for genres in seen.column("genre"))
    pressed = seen.page.locator("[data-list=genre] [aria-pressed=true]")
    # The keyboard stays where it was.
    assert seen.page.evaluate("document.activeElement.dataset.key") == pressed.get_attribute("data-key")
    seen.page.keyboard.press("Enter")
    assert seen.address() == ""


def test_a_card_tells_of_a_film_leads_to_the_next_and_is_in_the_address(seen: Visit) -> None:
    titles = seen.titles()
    seen.open(5)
    place = seen.page.locator("#card_place")
    assert (seen.page.locator("#card_title").text_content() or "").startswith(titles[5])
    assert (place.text_content() or "").startswith("6 of ")
    assert "film=" in seen.address()
    seen.page.locator("#card_later").click()
    assert (seen.page.locator("#card_title").text_content() or "").startswith(titles[6])
    seen.page.keyboard.press("ArrowLeft")
    assert (place.text_content() or "").startswith("6 of ")
    seen.page.keyboard.press("Escape")
    assert seen.page.locator("#card[open]").count() == 0
    assert "film=" not in seen.address()


def test_a_name_on_a_card_shows_all_of_theirs(seen: Visit) -> None:
    seen.open(20)
    actor = seen.page.locator("#card_body [data-key^='card actor']").first
    name = actor.text_content()
    actor.click()
    assert seen.page.locator("#card[open]").count() == 0
    assert seen.page.locator("#chips").text_content() == f"Actor: {name} ×"  # noqa: RUF001 - the sign to take it away
    assert len(seen.titles()) >= 1


def test_what_is_shown_can_be_taken_away_as_csv(seen: Visit) -> None:
    seen.set(**{"from": "2010"}, genre="Drama")
    with seen.page.expect_download() as waiting:
        seen.page.locator("#csv").click()
    assert waiting.value.suggested_filename == "films.csv"
    rows = list(csv.DictReader(waiting.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert seen.count().endswith(f" of {len(rows):,}")
    assert [row["title"] for row in rows[:10]] == seen.titles()[:10]
    assert all("Drama" in row["genre"].split("; ") for row in rows)


def test_no_cell_of_the_csv_begins_like_a_formula(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "films.duckdb"
    with duckdb.connect(str(path)) as con:
        migrations.migrate(con, [MOVIE])
        con.execute(
            """INSERT INTO movies BY NAME
               SELECT i AS tmdb_id, list_extract($titles, i) AS title, -1.5 AS vote_average, 1 AS vote_count,
                      ['=1+1'] AS genres, now()::TIMESTAMP AS first_seen_at, now()::TIMESTAMP AS details_at
               FROM range(1, 1 + len($titles)) AS numbers(i)""",
            {"titles": [*spreadsheet_cells.RISKY, *spreadsheet_cells.HARMLESS]},
        )
    write_report(DuckDBClient(path), tmp_path / "report.html", NOW)
    found = visit(browser, tmp_path / "report.html")
    with found.page.expect_download() as waiting:
        found.page.locator("#csv").click()
    with waiting.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    spreadsheet_cells.check([row["title"] for row in rows])
    assert {(row["average"], row["genre"]) for row in rows} == {("-1.5", "'=1+1")}
    found.page.close()


def test_a_heading_sorts_and_sorts_the_other_way(seen: Visit) -> None:
    heading = seen.page.locator("th[data-column=released]")
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    up = seen.column("released")
    heading.locator("button").click()
    down = seen.column("released")
    assert heading.get_attribute("aria-sort") == "descending"
    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert up[0] < down[0]


def test_what_is_unknown_is_sorted_last_whichever_way(seen: Visit) -> None:
    button = seen.page.locator("th[data-column=revenue] button")
    for _ in range(2):
        button.click()
        assert seen.column("revenue")[0]


def test_next_shows_other_films_and_previous_the_first_again(seen: Visit) -> None:
    first = seen.column("votes")
    seen.page.locator("#later").click()
    second = seen.column("votes")
    assert seen.count().startswith("26–50 of ")  # noqa: RUF001 - a span
    seen.page.locator("#earlier").click()
    assert (len(first), len(second)) == (25, 25)
    assert _number(first[-1]) >= _number(second[0])
    assert seen.column("votes") == first


def test_a_list_opens_further_and_closes_again(seen: Visit) -> None:
    few = len(seen.names("best"))
    for opened in (True, False):
        seen.page.locator("[data-list=best] .more").click()
        assert (len(seen.names("best")) > few) is opened
        assert seen.page.evaluate("document.activeElement.textContent").startswith("Show")


def test_the_keyboard_alone_finds_a_film_and_comes_back(seen: Visit) -> None:
    seen.page.locator("#text").focus()
    seen.page.keyboard.type("cafe d'amelie")
    seen.page.wait_for_function("() => document.getElementById('count').textContent.endsWith('of 1')")
    for _ in range(200):
        seen.page.keyboard.press("Tab")
        if str(seen.page.evaluate("document.activeElement.dataset.key")).startswith("best"):
            break
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector("#card[open]")
    seen.page.keyboard.press("Escape")
    assert str(seen.page.evaluate("document.activeElement.dataset.key")).startswith("best")


def test_everything_that_acts_has_a_name_and_every_field_a_label(seen: Visit) -> None:
    nameless = """() => [...document.querySelectorAll('button, a, input, select, svg[role=img], [role=group]')]
        .filter(each => !(each.textContent.trim() || each.getAttribute('aria-label')
            || each.closest('label')?.textContent.trim())).length"""
    assert seen.page.evaluate(nameless) == 0
    assert seen.page.locator("h1").count() == 1


def test_it_is_dark_where_the_system_is(browser: Browser, report: Path) -> None:
    colors = []
    for scheme in ("light", "dark"):
        seen = visit(browser, report, color_scheme=scheme)
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        text = seen.page.locator("#years_chart .tick").first.evaluate(FILL)
        colors.append((_brightness(ground), _brightness(text)))
        seen.page.close()
    (light_ground, dark_text), (dark_ground, light_text) = colors
    assert (light_ground > 200, dark_text < 100) == (True, True)
    assert (dark_ground < 100, light_text > 150) == (True, True)


def test_a_change_of_the_system_recolours_the_charts(alone: Visit) -> None:
    text = alone.page.locator("#years_chart .tick").first
    before = text.evaluate(FILL)
    alone.page.emulate_media(color_scheme="dark")
    alone.page.wait_for_function(
        "before => getComputedStyle(document.querySelector('#years_chart .tick')).fill !== before", arg=before
    )
    assert _brightness(text.evaluate(FILL)) > 150


def test_on_a_phone_nothing_lies_beside_the_screen_and_what_is_folded_says_so(browser: Browser, report: Path) -> None:
    seen = visit(browser, report, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 360
    outside = """() => [...document.querySelectorAll('main *')].filter(each => each.getBoundingClientRect().right > 361
        && !each.closest('.scroll') && getComputedStyle(each).visibility !== 'hidden').length"""
    assert seen.page.evaluate(outside) == 0
    more = seen.page.locator("#more")
    assert (seen.page.locator("#genre").is_visible(), more.get_attribute("aria-expanded")) == (False, "false")
    more.tap()
    assert (seen.page.locator("#genre").is_visible(), more.get_attribute("aria-expanded")) == (True, "true")
    seen.set(genre="Drama")
    assert more.text_content() == "Filters (1)"
    seen.page.locator("#titles tbody td.title button").nth(1).tap()
    seen.page.wait_for_selector("#card[open]")
    box = seen.page.locator("#card").bounding_box()
    assert box is not None
    assert (box["x"] >= 0, box["x"] + box["width"] <= 360) == (True, True)
    seen.page.close()


def test_on_paper_it_is_light_and_nothing_that_only_a_screen_has(browser: Browser, report: Path) -> None:
    seen = visit(browser, report, color_scheme="dark", viewport={"width": 1280, "height": 900})
    seen.page.emulate_media(media="print", color_scheme="dark")
    assert _brightness(seen.page.locator("#years_chart .tick").first.evaluate(FILL)) < 110
    assert seen.page.locator("#text").is_hidden()
    seen.page.close()


def test_posters_are_fetched_when_a_card_is_opened_and_only_if_the_page_may(
    browser: Browser, tmp_path: Path, report: Path
) -> None:
    page = tmp_path / "report.html"
    db = DuckDBClient(report.with_name("films.duckdb"))
    write_report(db, page, NOW, posters=True)
    found = visit(browser, page)
    assert found.asked == [page.as_uri()]
    found.page.route("https://image.tmdb.org/**", lambda route: route.abort())
    # The first ones have a path that is none.
    found.open(0)
    assert found.page.locator("#card img").count() == 0
    found.page.keyboard.press("Escape")
    for place in range(len(HOSTILE) + 1, 20):
        found.open(place)
        if found.page.locator("#card img").count():
            break
        found.page.keyboard.press("Escape")
    assert found.asked[1].startswith("https://image.tmdb.org/t/p/w342/")
    assert found.page.evaluate("window.harmed") is None
    found.page.close()


def test_without_scripts_the_facts_can_be_read(browser: Browser, report: Path) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(report.as_uri())
    assert "This product uses the TMDB API" in page.locator("footer").inner_text()
    assert page.locator("#coverage table tbody tr").count() > 10
    assert page.locator("noscript").count() == 1
    page.close()


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory, report: Path) -> Path:
    """The page of a file that has ratings of four sources, and series."""
    path = Path(shutil.copy(report.with_name("films.duckdb"), tmp_path_factory.mktemp("rated")))
    with duckdb.connect(str(path)) as con:
        migrations.migrate(con, [MOVIE, SERIES])
        con.execute(
            """INSERT INTO ratings (imdb_id, imdb_rating, rotten_tomatoes, metascore, asked_at, fetched_at, outcome)
               SELECT DISTINCT ON (imdb_id) imdb_id, 1 + tmdb_id % 90 / 10, tmdb_id % 101, tmdb_id % 97 + 1,
                      now()::TIMESTAMP, now()::TIMESTAMP, 'rated'
               FROM movies WHERE imdb_id IS NOT NULL"""
        )
        con.execute(
            """INSERT INTO series BY NAME
               SELECT i AS tmdb_id, $name || i AS name, DATE '1990-01-01' + 200 * i::INTEGER AS first_air_date,
                      [if(i % 2 = 0, 'Drama', 'News')] AS genres, 5 + i / 20 AS vote_average, 50 * i AS vote_count,
                      i * 10 AS number_of_episodes, [1] AS network_ids, [$name] AS networks,
                      now()::TIMESTAMP AS first_seen_at, now()::TIMESTAMP AS details_at
               FROM range(1, 61) AS numbers(i)""",
            {"name": HOSTILE[2]},
        )
    write_report(DuckDBClient(path), path.with_name("report.html"), NOW)
    return path.with_name("report.html")


def test_ratings_of_four_stand_side_by_side(browser: Browser, rated: Path) -> None:
    found = visit(browser, rated)
    sources = found.page.locator("#ratings_chart .small").evaluate_all("each => each.map(one => one.dataset.source)")
    assert sources == ["average", "imdb", "rotten", "metacritic"]
    heads = found.page.locator("#apart_chart th").all_text_contents()
    assert heads == ["Film", "TMDB", "IMDb", "Rotten Tom.", "Metacritic"]
    assert found.page.locator("#apart_chart tbody tr").count() == 10
    found.page.locator("#apart_chart tbody button").first.click()
    card = found.page.locator("#card .numbers").text_content() or ""
    assert all(f" {name}" in card for name in ("TMDB", "IMDb", "Rotten Tomatoes", "Metacritic"))
    found.page.close()


def test_series_have_the_page_that_films_have(browser: Browser, rated: Path) -> None:
    found = visit(browser, rated, "#from=1990")
    found.page.locator("[data-kind=series]").click()
    assert found.address() == "#kind=series"
    assert found.titles()[0] == f"{HOSTILE[2]}60"
    assert found.names("network") == [HOSTILE[2]]
    assert found.page.locator("[data-rank=revenue]").is_hidden()
    assert found.page.locator("#money_chart").is_hidden()
    advice = found.page.locator("#panels .list").last.inner_text().split("\n")
    assert [advice[0], advice[-1]] == [
        "Actors",
        "None are stored. Collect them with --kind series --parts aggregate_credits,keywords.",
    ]
    found.page.locator("[data-list=genre] button", has_text="News").click()
    assert found.count() == "1–25 of 30"  # noqa: RUF001 - a span
    again = visit(browser, rated, found.address())
    assert again.titles() == found.titles()
    assert (found.said, found.page.evaluate("window.harmed")) == ([], None)
    again.page.close()
    found.page.close()


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _brightness(color: str) -> float:
    """Of ``rgb(1, 2, 3)``, from 0 to 255."""
    red, green, blue, *_ = (float(part) for part in color[color.index("(") + 1 : -1].split(","))
    return 0.3 * red + 0.59 * green + 0.11 * blue
