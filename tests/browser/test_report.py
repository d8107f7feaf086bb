"""The report as a person meets it: in a browser, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ayne.report import write_report
from tests.report_films import CAFE, HOSTILE, NOW, collected

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHARTS = ("years", "averages", "averages_by_year", "money", "genres", "languages", "ages", "requests")


_ANOTHER = """told => {
    const text = document.querySelector('#money .hoverlayer .hovertext')?.textContent;
    return text && !told.includes(text);
}"""


@dataclass
class Visit:
    """A page that was opened, and all it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def titles(self) -> list[str]:
        return self.page.locator("#films tbody td:first-child > :first-child").all_text_contents()

    def column(self, name: str) -> list[str]:
        heads = [head.get_attribute("data-column") for head in self.page.locator("#films thead th").all()]
        return self.page.locator(f"#films tbody td:nth-child({heads.index(name) + 1})").all_text_contents()

    def find(self, text: str) -> None:
        before = self.page.locator("#count").text_content()
        self.page.locator("#search").fill(text)
        self.page.wait_for_function("before => document.getElementById('count').textContent !== before", arg=before)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_report(collected(folder), folder / "report.html", NOW)
    return folder / "report.html"


def visit(browser: Browser, report: Path, **context: Any) -> Visit:
    page = browser.new_page(**context)
    seen = Visit(page)
    page.on("console", lambda message: seen.said.append(message.text))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on("request", lambda request: seen.asked.append(request.url))
    page.goto(report.as_uri())
    page.wait_for_selector("html[data-drawn=yes]")
    return seen


@pytest.fixture(scope="module")
def opened(browser: Browser, report: Path) -> Iterator[Visit]:
    found = visit(browser, report, viewport={"width": 1280, "height": 900})
    yield found
    found.page.close()


@pytest.fixture
def seen(opened: Visit) -> Visit:
    """The page as it is at first, for tests that only point, search and sort."""
    if opened.page.locator("#search").input_value():
        opened.find("")
    if opened.page.locator("th[data-column=vote_count]").get_attribute("aria-sort") != "descending":
        opened.page.locator("th[data-column=vote_count] button").click()
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
    shapes = {name: seen.page.locator(f"#{name} .trace path, #{name} .trace .point").count() for name in CHARTS}
    assert min(shapes.values()) > 0, shapes
    assert seen.page.locator(".plot").count() == len(CHARTS)


def test_a_bar_that_is_pointed_at_says_what_it_is(seen: Visit) -> None:
    seen.page.locator("#years .trace .point path").last.hover(force=True)
    told = seen.page.locator("#years .hoverlayer .hovertext").text_content() or ""
    assert "films" in told
    assert "with details" in told


def test_titles_of_films_stay_text_where_a_point_says_them(seen: Visit) -> None:
    told: set[str] = set()
    points = seen.page.locator("#money .scatterlayer .point")
    for place in range(len(HOSTILE)):
        seen.page.evaluate(
            "place => Plotly.Fx.hover(document.getElementById('money'), [{curveNumber: 0, pointNumber: place}])", place
        )
        # plotly says at most every 50 ms what is pointed at; each of these films took another amount.
        seen.page.wait_for_function(_ANOTHER, arg=[*told])
        told.add(seen.page.locator("#money .hoverlayer .hovertext").text_content() or "")
    assert points.count() > len(HOSTILE)
    for title in HOSTILE:
        assert any(title in text for text in told), (title, told)


def test_titles_of_films_stay_text_in_the_table(seen: Visit) -> None:
    assert tuple(seen.titles()[: len(HOSTILE)]) == HOSTILE
    assert seen.page.evaluate("window.harmed") is None
    assert seen.page.locator("img, iframe, object, [onerror], a[href^=javascript]").count() == 0
    assert seen.page.locator("td i, td b").count() == 0


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
    seen.find("documentary 2015")
    found = seen.titles()
    assert found
    assert all("Documentary" in genres for genres in seen.column("genres"))
    assert all("2015" in day for day in seen.column("release_date"))
    assert seen.page.locator("#count").text_content() == f"1–{len(found)} of {len(found)} found"  # noqa: RUF001 - a span


def test_a_search_needs_no_accents(seen: Visit) -> None:
    seen.find("cafe d'amelie")
    assert seen.titles() == [CAFE]


def test_a_search_that_finds_nothing_says_so(seen: Visit) -> None:
    seen.find("no film is called so")
    assert seen.titles() == []
    assert seen.page.locator("#count").text_content() == "no film found"


def test_a_heading_sorts_and_sorts_the_other_way(seen: Visit) -> None:
    heading = seen.page.locator("th[data-column=release_date]")
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    up = seen.column("release_date")
    heading.locator("button").click()
    down = seen.column("release_date")
    assert heading.get_attribute("aria-sort") == "descending"
    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert up[0] < down[0]


def test_what_is_unknown_is_sorted_last_whichever_way(seen: Visit) -> None:
    button = seen.page.locator("th[data-column=revenue] button")
    for _ in range(2):
        button.click()
        assert seen.column("revenue")[0]


def test_later_shows_other_films_and_earlier_the_first_again(seen: Visit) -> None:
    first = seen.column("vote_count")
    seen.page.locator("#later").click()
    second = seen.column("vote_count")
    assert (seen.page.locator("#count").text_content() or "").startswith("51–100 of ")  # noqa: RUF001 - a span
    seen.page.locator("#earlier").click()
    assert (len(first), len(second)) == (50, 50)
    assert _number(first[-1]) >= _number(second[0])
    assert seen.column("vote_count") == first


def test_it_is_dark_where_the_system_is(browser: Browser, report: Path) -> None:
    colors = []
    for scheme in ("light", "dark"):
        seen = visit(browser, report, color_scheme=scheme)
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        text = seen.page.locator("#years .xtick text").first.evaluate("text => getComputedStyle(text).fill")
        colors.append((_brightness(ground), _brightness(text)))
        seen.page.close()
    (light_ground, dark_text), (dark_ground, light_text) = colors
    assert (light_ground > 200, dark_text < 100) == (True, True)
    assert (dark_ground < 100, light_text > 150) == (True, True)


def test_a_change_of_the_system_recolours_the_charts(alone: Visit) -> None:
    text = alone.page.locator("#years .xtick text").first
    before = text.evaluate("text => getComputedStyle(text).fill")
    alone.page.emulate_media(color_scheme="dark")
    alone.page.wait_for_function(
        "before => getComputedStyle(document.querySelector('#years .xtick text')).fill !== before", arg=before
    )
    assert _brightness(text.evaluate("text => getComputedStyle(text).fill")) > 150


def test_a_phone_scrolls_down_and_not_sideways(browser: Browser, report: Path) -> None:
    seen = visit(browser, report, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 360
    assert max(seen.page.locator(".plot").evaluate_all("plots => plots.map(plot => plot.clientWidth)")) <= 360
    seen.page.close()


def test_on_paper_the_charts_are_light_and_not_wider_than_a_page(browser: Browser, report: Path) -> None:
    seen = visit(browser, report, color_scheme="dark", viewport={"width": 1280, "height": 900})
    seen.page.emulate_media(media="print", color_scheme="dark")
    # They are drawn anew one after the other.
    seen.page.wait_for_function(
        "() => [...document.querySelectorAll('.plot .main-svg')].every(drawing => drawing.clientWidth <= 700)"
    )
    widths = seen.page.locator(".plot").evaluate_all(
        "plots => plots.map(plot => plot.querySelector('.main-svg').clientWidth)"
    )
    assert max(widths) <= 700
    assert (
        _brightness(seen.page.locator("#years .xtick text").first.evaluate("text => getComputedStyle(text).fill")) < 100
    )
    assert seen.page.locator("#search").is_hidden()
    seen.page.close()


def test_without_scripts_the_facts_can_be_read(browser: Browser, report: Path) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(report.as_uri())
    assert "This product uses the TMDB API" in page.locator("footer").inner_text()
    assert page.locator("#coverage table tbody tr").count() > 10
    assert page.locator("noscript").count() == 1
    page.close()


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _brightness(color: str) -> float:
    """Of ``rgb(1, 2, 3)``, from 0 to 255."""
    red, green, blue, *_ = (float(part) for part in color[color.index("(") + 1 : -1].split(","))
    return 0.3 * red + 0.59 * green + 0.11 * blue
