"""OMDb: films by id, title and search, its errors, and its daily quota."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ayne.sandbox.answers import Answer, Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue

FILMS = Catalogue.generated(1200)
APP = SandboxApp(FILMS, omdb_quota=None)
#: TMDB's details of the films that have an IMDb id.
KNOWN = [body for body in map(FILMS.details, FILMS.ids(range(1200))) if body and body["imdb_id"]]
RATED = next(body for body in KNOWN if body["vote_count"] > 1000)


def ask(query: str, app: SandboxApp = APP, key: str = "k", path: str = "/omdb/") -> Answer:
    return app.answer(Request("GET", path, f"apikey={key}&{query}" if key else query))


def body(answer: Answer) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(answer.body)
    return decoded


def film(query: str) -> dict[str, Any]:
    return body(ask(query))


@cache
def all_known() -> list[dict[str, Any]]:
    """What OMDb says of each film that has an IMDb id, in the order of `KNOWN`."""
    return [film(f"i={known['imdb_id']}") for known in KNOWN]


def assert_error(answer: Answer, status: int, message: str) -> None:
    assert (answer.status, body(answer)) == (status, {"Response": "False", "Error": message})


def recorded(recordings: Path, pattern: str) -> dict[str, Any]:
    (file,) = (recordings / "omdb").glob(pattern)
    decoded: dict[str, Any] = json.loads(file.read_bytes())
    return decoded


def test_a_film_has_the_keys_of_a_recorded_one_in_their_order_and_all_strings(recordings: Path) -> None:
    real = recorded(recordings, "title/i=tt0770828*.json")
    for found in KNOWN[::50]:
        ours = film(f"i={found['imdb_id']}")
        assert list(ours) == list(real)
        assert {name: type(value) for name, value in ours.items()} == {
            name: type(value) for name, value in real.items()
        }
        assert all(list(rating) == list(real["Ratings"][0]) for rating in ours["Ratings"])


#: How OMDb writes each value, if it knows it.
SHAPES = {
    "Year": r"\d{4}",
    "Released": r"\d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}",
    "Runtime": r"\d+ min",
    "Metascore": r"\d{1,3}",
    "imdbRating": r"\d\.\d",
    "imdbVotes": r"\d{1,3}(,\d{3})*",
    "imdbID": r"tt\d{7,8}",
    "BoxOffice": r"\$\d{1,3}(,\d{3})*",
    "Poster": r"https://m\.media-amazon\.com/images/M/.+\.jpg",
}


def test_values_are_written_as_in_recorded_films(recordings: Path) -> None:
    real = json.loads((recordings / "omdb" / "arrays" / "adi-howdy_movielist_39.json").read_bytes())
    movies = [found for found in real if found["Type"] == "movie"]
    for found in [*movies, *(film(f"i={known['imdb_id']}") for known in KNOWN[::10])]:
        for name, shape in SHAPES.items():
            assert found[name] == "N/A" or re.fullmatch(shape, found[name]), (name, found[name])
        for rating in found["Ratings"]:
            assert re.fullmatch(r"\d\.\d/10|\d{1,3}%|\d{1,3}/100", rating["Value"])


def test_as_much_is_unknown_as_in_39_recorded_films() -> None:
    unknown = Counter(name for found in all_known() for name, value in found.items() if value == "N/A")
    shares = {name: unknown[name] / len(KNOWN) * 39 for name in ("BoxOffice", "Metascore", "Rated", "imdbRating")}
    assert shares == pytest.approx({"BoxOffice": 23, "Metascore": 22, "Rated": 13, "imdbRating": 5}, rel=0.2)
    assert min(unknown[name] for name in ("DVD", "Production", "Website")) > 0.95 * len(KNOWN)


def test_omdb_and_tmdb_speak_of_the_same_film() -> None:
    same = Counter[str]()
    for known, found in zip(KNOWN, all_known(), strict=True):
        same["Title"] += found["Title"] == known["title"]
        same["Year"] += found["Year"] == (known["release_date"][:4] or "N/A")
        same["Runtime"] += found["Runtime"] == (f"{known['runtime']} min" if known["runtime"] else "N/A")
    assert same["Title"] == len(KNOWN)
    assert 0.95 * len(KNOWN) < same["Year"] < len(KNOWN)
    assert 0.85 * len(KNOWN) < same["Runtime"] < len(KNOWN)


def test_a_film_that_many_rated_is_rated_and_its_ratings_agree() -> None:
    found = film(f"i={RATED['imdb_id']}")
    values = {rating["Source"]: rating["Value"] for rating in found["Ratings"]}
    assert values["Internet Movie Database"] == found["imdbRating"] + "/10"
    assert values["Metacritic"] == found["Metascore"] + "/100"
    assert int(found["imdbVotes"].replace(",", "")) > RATED["vote_count"]
    assert abs(float(found["imdbRating"]) - RATED["vote_average"]) < 1


def test_ratings_depend_on_the_seed_alone() -> None:
    query = f"i={RATED['imdb_id']}"
    assert ask(query).body == ask(query, SandboxApp(FILMS)).body
    assert ask(query).body != ask(query, SandboxApp(FILMS, seed=2)).body


def test_a_title_finds_its_film_in_any_case_and_a_year_narrows_it() -> None:
    found = film(f"t={RATED['title'].upper().replace('&', '%26')}")
    assert found["Title"].casefold() == RATED["title"].casefold()
    year = film(f"i={RATED['imdb_id']}")["Year"]
    assert film(f"t={RATED['title'].replace('&', '%26')}&y={year}")["Year"] == year
    assert_error(ask(f"t={RATED['title'].replace('&', '%26')}&y=1850"), 200, "Movie not found!")


def test_a_film_that_omdb_dates_to_another_year_is_found_in_that_year() -> None:
    dated = ((known, film(f"i={known['imdb_id']}")) for known in KNOWN if known["release_date"] and not known["adult"])
    known, found = next(pair for pair in dated if pair[1]["Year"] != pair[0]["release_date"][:4])
    title = found["Title"].replace("&", "%26")
    assert film(f"t={title}&y={found['Year']}")["imdbID"] == known["imdb_id"]
    assert_error(ask(f"t={title}&y={known['release_date'][:4]}"), 200, "Movie not found!")


def test_a_search_shows_ten_a_page_and_every_match_once() -> None:
    first = film("s=the")
    assert list(first) == ["Search", "totalResults", "Response"]
    total = int(first["totalResults"])
    assert total > 20
    pages = [film(f"s=the&page={page}")["Search"] for page in range(1, -(-total // 10) + 1)]
    assert {len(page) for page in pages[:-1]} == {10}
    ids = [row["imdbID"] for page in pages for row in page]
    with_the = {
        known["imdb_id"]
        for known in KNOWN
        if "the" in re.findall(r"\w+", known["title"].casefold()) and not known["adult"]
    }
    assert len(ids) == len(set(ids)) == total
    assert set(ids) == with_the
    assert_error(ask(f"s=the&page={total}"), 200, "Movie not found!")


def test_a_search_row_has_the_keys_of_a_recorded_one(recordings: Path) -> None:
    real = recorded(recordings, "search/s=man_of_steel_page=1_type=movie*.json")
    ours = film("s=the&type=movie&y=2015")
    assert list(ours["Search"][0]) == list(real["Search"][0])
    assert {row["Year"] for row in ours["Search"]} == {"2015"}
    assert isinstance(ours["totalResults"], type(real["totalResults"]))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("i=tt9999999", "Error getting data."),
        ("i=tt1231230123", "Incorrect IMDb ID."),
        ("i=550", "Incorrect IMDb ID."),
        ("", "Incorrect IMDb ID."),
        ("t=Meen+of+Stal", "Movie not found!"),
        ("s=zzzzzz", "Movie not found!"),
        ("s=the&type=series", "Movie not found!"),
        ("s=a", "Too many results."),
        ("s=the&page=101", "Movie not found!"),
        (f"i={RATED['imdb_id']}&season=1", "Series or season not found!"),
    ],
)
def test_an_error_comes_with_status_200_and_may_be_cached(query: str, message: str) -> None:
    answer = ask(query)
    assert_error(answer, 200, message)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def test_recorded_errors_are_answered_to_the_byte(recordings: Path) -> None:
    files = list((recordings / "omdb" / "errors").glob("*.json"))
    assert len(files) == 3
    for file in files:
        query = file.name.split("__")[0].replace("_plot=short", "").replace("_", "+")
        assert ask(query).body == file.read_bytes()


def test_a_key_is_needed_and_only_given_ones_are_accepted() -> None:
    query = f"i={RATED['imdb_id']}"
    assert_error(ask(query, key=""), 401, "No API key provided.")
    app = SandboxApp(FILMS, api_keys=frozenset({"good"}))
    assert_error(ask(query, app, key="bad"), 401, "Invalid API key!")
    assert ask(query, app, key="good").status == 200


def test_a_day_has_so_many_requests_for_each_key_and_midnight_utc_renews_them() -> None:
    now = 86_400.0 * 20_000
    app = SandboxApp(FILMS, omdb_quota=3, wall_clock=lambda: now)
    spent = [ask(query, app).status for query in ("i=tt9999999", f"i={RATED['imdb_id']}", "s=the", "s=the")]
    assert spent == [200, 200, 200, 401]
    assert_error(ask("s=the", app), 401, "Request limit reached!")
    assert ask("s=the", app, key="other").status == 200
    now += 86_399
    assert ask("s=the", app).status == 401
    now += 1
    assert ask("s=the", app).status == 200


def test_the_log_counts_omdb_by_key_and_day_and_shows_no_key() -> None:
    app = SandboxApp(FILMS, wall_clock=lambda: 86_400.0 * 20_000)
    for key in ("secret1", "secret2", "secret1"):
        ask(f"i={RATED['imdb_id']}", app, key=key)
    app.answer(Request("GET", "/3/configuration", "api_key=secret3"))
    raw = app.answer(Request("GET", "/sandbox/requests", "log=1")).body
    report = json.loads(raw)
    assert b"secret" not in raw
    assert report["by_kind"] == {"omdb": 3, "other": 1}
    assert report["omdb_by_day"] == [
        {"key": 1, "day": "2024-10-04", "requests": 2},
        {"key": 2, "day": "2024-10-04", "requests": 1},
    ]


def test_tmdbs_rate_does_not_bind_omdb() -> None:
    app = SandboxApp(FILMS, rate=1, clock=lambda: 0.0)
    assert [ask("s=the", app).status for _ in range(5)] == [200] * 5
    assert app.answer(Request("GET", "/3/configuration", "api_key=k")).status == 200


def test_xml_has_attributes_and_lacks_the_newer_keys() -> None:
    answer = ask(f"i={RATED['imdb_id']}&r=xml")
    root = ET.fromstring(answer.body)  # noqa: S314 - our own
    movie = root[0].attrib
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert (root.attrib["response"], movie["title"], movie["imdbID"]) == ("True", RATED["title"], RATED["imdb_id"])
    assert movie.keys().isdisjoint(("ratings", "dVD", "boxOffice"))
    error = ET.fromstring(ask("i=tt9999999&r=xml").body)  # noqa: S314 - our own
    assert (error.attrib["response"], error[0].text) == ("False", "Error getting data.")
    results = ET.fromstring(ask("s=the&r=xml").body)  # noqa: S314 - our own
    assert len(results) == 10


def test_the_full_plot_is_no_shorter_than_the_short_one() -> None:
    longer = 0
    for known in KNOWN[::20]:
        short, full = (film(f"i={known['imdb_id']}&plot={plot}")["Plot"] for plot in ("short", "full"))
        assert full.startswith(short)
        longer += len(full) > len(short)
    assert longer > 10


def test_the_path_may_lack_its_slash() -> None:
    assert ask("i=tt9999999", path="/omdb").body == ask("i=tt9999999").body
