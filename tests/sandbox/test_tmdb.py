"""TMDB's rules, checked on the answers of the whole application."""

import gzip
import hashlib
import json
from typing import Any

import pytest

from ayne.sandbox.answers import Answer, Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue

KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"
FILMS = Catalogue.generated(12_500, seed=4, busiest_day=11_000)
APP = SandboxApp(FILMS)
SOME_ID = FILMS.ids([0])[0]


def ask(path: str, query: str = "", app: SandboxApp = APP, key: str = KEY, **headers: str) -> Answer:
    credential = f"api_key={key}&" if key else ""
    lower = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.answer(Request("GET", path, credential + query, lower))


def body(answer: Answer) -> Any:
    return json.loads(answer.body)


def assert_error(answer: Answer, status: int, code: int, message: str) -> None:
    assert answer.status == status
    assert body(answer) == {"success": False, "status_code": code, "status_message": message}


# --- discover


def test_a_page_has_tmdbs_four_keys_and_20_rows() -> None:
    page = body(ask("/3/discover/movie"))
    assert list(page) == ["page", "results", "total_pages", "total_results"]
    assert page["page"] == 1
    assert len(page["results"]) == 20


@pytest.mark.parametrize("page", ["0", "-1", "501", "x", "1.5", "999999999999999999999", "\u0661"])
def test_a_page_that_cannot_be_is_code_22(page: str) -> None:
    message = "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."
    assert_error(ask("/3/discover/movie", f"page={page}"), 400, 22, message)


def test_an_empty_page_parameter_is_the_first_page() -> None:
    assert body(ask("/3/discover/movie", "page="))["page"] == 1


def test_a_page_beyond_the_last_is_empty_with_the_true_totals() -> None:
    first = body(ask("/3/discover/movie", "primary_release_year=2001"))
    beyond = body(ask("/3/discover/movie", "primary_release_year=2001&page=499"))
    assert beyond == first | {"page": 499, "results": []}


def test_an_empty_answer_reports_one_page() -> None:
    empty = body(ask("/3/discover/movie", "with_genres=Action"))
    assert empty == {"page": 1, "results": [], "total_pages": 1, "total_results": 0}


def test_totals_above_the_cap_are_true_or_clamped() -> None:
    true = body(ask("/3/discover/movie"))
    assert true["total_pages"] > 500
    assert true["total_results"] > 10_000
    clamped = body(ask("/3/discover/movie", app=SandboxApp(FILMS, totals="clamped")))
    assert (clamped["total_pages"], clamped["total_results"]) == (500, 10_000)


@pytest.mark.parametrize("short_pages", [0.0, 0.2])
def test_every_film_of_a_span_is_shown_exactly_once(short_pages: float) -> None:
    app = SandboxApp(FILMS, short_pages=short_pages)
    span = "primary_release_date.gte=2000-01-01&primary_release_date.lte=2018-12-31"
    shown: list[int] = []
    page = last = 1
    while page <= last:
        answer = body(ask("/3/discover/movie", f"{span}&page={page}", app))
        last = answer["total_pages"]
        shown += [row["id"] for row in answer["results"]]
        page += 1
    truth = body(ask("/sandbox/truth", f"{span}&ids=1", app))
    assert sorted(shown) == truth["ids"]
    assert len(shown) == truth["count"] == answer["total_results"] > 400


def test_short_pages_show_19_rows() -> None:
    app = SandboxApp(FILMS, short_pages=0.5)
    sizes = {len(body(ask("/3/discover/movie", f"page={page}", app))["results"]) for page in range(1, 20)}
    assert sizes == {19, 20}


def test_an_invalid_date_is_code_23() -> None:
    answer = ask("/3/discover/movie", "primary_release_date.gte=2019-99-01")
    assert_error(answer, 400, 23, "Invalid date: Format needs to be YYYY-MM-DD.")


# --- details


def test_details_and_discover_speak_of_the_same_film() -> None:
    row = body(ask("/3/discover/movie"))["results"][0]
    details = body(ask(f"/3/movie/{row['id']}"))
    assert details["title"] == row["title"]
    assert details["vote_count"] == row["vote_count"]


@pytest.mark.parametrize("film", ["0", "999999999", "99999999999999999999", "tt0000001", "ttx", ""])
@pytest.mark.parametrize("part", ["", "/credits"])
def test_a_film_that_does_not_exist_is_code_34(film: str, part: str) -> None:
    assert_error(ask(f"/3/movie/{film}{part}"), 404, 34, "The resource you requested could not be found.")


@pytest.mark.parametrize("film", ["Strange", "-5", "5x", "é"])
def test_an_id_that_is_no_number_is_code_6(film: str) -> None:
    assert_error(ask(f"/3/movie/{film}"), 404, 6, "Invalid id: The pre-requisite id is invalid or not found.")


def test_parts_are_appended_under_their_own_names_and_unknown_ones_ignored() -> None:
    plain = body(ask(f"/3/movie/{SOME_ID}"))
    full = body(ask(f"/3/movie/{SOME_ID}", "append_to_response=watch/providers,nonsense,credits"))
    assert full.keys() - plain.keys() == {"watch/providers", "credits"}
    assert body(ask(f"/3/movie/{SOME_ID}/watch/providers")) == {"id": SOME_ID} | full["watch/providers"]


def test_more_than_20_parts_are_code_27() -> None:
    message = "Too many append to response objects: The maximum number of remote calls is 20."
    assert ask(f"/3/movie/{SOME_ID}", "append_to_response=" + ",".join(["credits"] * 20)).status == 200
    assert_error(ask(f"/3/movie/{SOME_ID}", "append_to_response=" + ",".join(["credits"] * 21)), 400, 27, message)


# --- the other paths


def test_the_genre_list_has_tmdbs_19_genres() -> None:
    genres = body(ask("/3/genre/movie/list"))["genres"]
    assert len(genres) == 19
    assert genres[0] == {"id": 28, "name": "Action"}


def test_the_configuration_names_the_image_server() -> None:
    assert body(ask("/3/configuration"))["images"]["secure_base_url"] == "https://image.tmdb.org/t/p/"


@pytest.mark.parametrize(
    "path", ["/", "/3", "/3/", "/3/tv/1", "/4/list", f"/3/movie/{SOME_ID}/nonsense", "/discover/movie"]
)
def test_an_unknown_path_is_code_34(path: str) -> None:
    assert_error(ask(path), 404, 34, "The resource you requested could not be found.")


@pytest.mark.parametrize("path", [f"/3/movie/{SOME_ID}", "/3/discover/movie"])
def test_another_method_is_code_42(path: str) -> None:
    answer = APP.answer(Request("POST", path, f"api_key={KEY}"))
    assert_error(answer, 405, 42, "This request method is not supported for this resource.")


# --- credentials


@pytest.mark.parametrize("path", ["/3/authentication", "/3/discover/movie", f"/3/movie/{SOME_ID}", "/3/tv/1"])
@pytest.mark.parametrize(
    ("key", "authorization"),
    [("", ""), ("", f"Bearer {KEY}"), (TOKEN, ""), ("", TOKEN), ("", f"Basic {TOKEN}"), ("", "Bearer ")],
    ids=["nothing", "a key as a token", "a token as a key", "a bare token", "basic", "an empty token"],
)
def test_without_the_right_credential_the_answer_is_code_7(path: str, key: str, authorization: str) -> None:
    answer = ask(path, key=key, authorization=authorization)
    assert_error(answer, 401, 7, "Invalid API key: You must be granted a valid key.")
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_a_key_and_a_token_both_let_in() -> None:
    assert body(ask("/3/authentication"))["success"] is True
    assert ask("/3/authentication", key="", authorization=f"Bearer {TOKEN}").status == 200


def test_only_the_given_keys_are_accepted_when_some_are_given() -> None:
    app = SandboxApp(FILMS, api_keys=frozenset({KEY, TOKEN}))
    assert ask("/3/authentication", app=app).status == 200
    assert ask("/3/authentication", app=app, key="", authorization=f"Bearer {TOKEN}").status == 200
    assert ask("/3/authentication", app=app, key="f" * 32).status == 401
    assert ask("/3/authentication", app=app, key="", authorization=f"Bearer {TOKEN}x").status == 401


# --- headers


def test_an_answer_carries_tmdbs_headers() -> None:
    answer = SandboxApp(FILMS, wall_clock=lambda: 1_700_000_000.5).answer(
        Request("GET", f"/3/movie/{SOME_ID}", f"api_key={KEY}")
    )
    assert answer.headers == {
        "Date": "Tue, 14 Nov 2023 22:13:20 GMT",
        "Vary": "Accept-Encoding",
        "Content-Type": "application/json;charset=utf-8",
        "Cache-Control": f"public, max-age={28_800 - 1_700_000_000 % 28_800}",
        "ETag": f'W/"{hashlib.md5(answer.body).hexdigest()}"',  # noqa: S324
        "Content-Length": str(len(answer.body)),
    }


def test_a_body_is_compressed_for_those_who_can_read_it() -> None:
    plain = ask(f"/3/movie/{SOME_ID}")
    compressed = ask(f"/3/movie/{SOME_ID}", accept_encoding="gzip, deflate")
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert compressed.headers["Content-Length"] == str(len(compressed.body))
    assert gzip.decompress(compressed.body) == plain.body
    assert compressed.headers["ETag"] == plain.headers["ETag"]


def test_a_small_body_is_not_compressed() -> None:
    assert "Content-Encoding" not in ask("/3/authentication", accept_encoding="gzip").headers


def test_a_body_that_the_client_has_is_answered_304() -> None:
    etag = ask(f"/3/movie/{SOME_ID}").headers["ETag"]
    again = ask(f"/3/movie/{SOME_ID}", if_none_match=etag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert ask(f"/3/movie/{SOME_ID}", if_none_match='W/"other"').status == 200
