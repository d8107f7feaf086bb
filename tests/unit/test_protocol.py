import json
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.data_collection.answers import CACHED_FOR, CACHED_FOR_A_DAY, clock_of, observed_at
from ayne.data_collection.tmdb import protocol
from ayne.data_collection.tmdb.coverage import PageRequest, Range, SweepPlan
from ayne.data_collection.tmdb.filters import discover_of
from ayne.data_collection.tmdb.models import PARTS, MovieDetails, MovieSummary
from ayne.data_collection.tmdb.protocol import (
    checked_languages,
    credential,
    details_params,
    details_path,
    discover_params,
    fields,
    says_gone,
)
from ayne.data_collection.tmdb.records import in_order, read_details, read_page, read_success
from ayne.errors import (
    BadPayload,
    ConfigurationError,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerFailure,
    SourceError,
    Unauthorized,
)
from ayne.kinds import MOVIE

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)

FILM: dict[str, Any] = {
    "adult": False,
    "backdrop_path": "/hZkg.jpg",
    "belongs_to_collection": {"id": 10, "name": "A Series", "poster_path": None, "backdrop_path": "/b.jpg"},
    "budget": 63_000_000,
    "genres": [{"id": 18, "name": "Drama"}, {"id": 53, "name": "Thriller"}],
    "homepage": "http://films.example/fight",
    "id": 550,
    "imdb_id": "tt0137523",
    "origin_country": ["US"],
    "original_language": "en",
    "original_title": "Fight Club",
    "overview": "Two men meet.\rThey fight.",
    "popularity": 61.416,
    "poster_path": "/pB8B.jpg",
    "production_companies": [{"id": 508, "logo_path": None, "name": "Regency", "origin_country": ""}],
    "production_countries": [{"iso_3166_1": "US", "name": "United States of America"}],
    "release_date": "1999-10-15",
    "revenue": 2_923_706_026,
    "runtime": 139,
    "spoken_languages": [{"english_name": "English", "iso_639_1": "en", "name": "English"}],
    "status": "Released",
    "tagline": "Mischief. Mayhem. Soap.",
    "title": "Fight Club",
    "video": False,
    "vote_average": 8.433,
    "vote_count": 26280,
    "softcore": False,
    "credits": {"cast": [{"id": 819, "name": "Edward Norton"}], "crew": []},
    "watch/providers": {"results": {}},
}
ROW: dict[str, Any] = {
    "adult": False,
    "backdrop_path": None,
    "genre_ids": [18, 53],
    "id": 550,
    "original_language": "en",
    "original_title": "Fight Club",
    "overview": "",
    "popularity": 61.416,
    "poster_path": "/pB8B.jpg",
    "release_date": "1999-10-15",
    "title": "Fight Club",
    "video": False,
    "vote_average": 8.4,
    "vote_count": 26280,
    "softcore": False,
}
PAGE: dict[str, Any] = {"page": 1, "results": [ROW, {**ROW, "id": 551}], "total_pages": 1, "total_results": 2}


@dataclass
class Answer:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    received_at: datetime = NOW


def body(value: Any) -> Answer:
    return Answer(body=value if isinstance(value, bytes) else json.dumps(value).encode())


def details(**changed: Any) -> MovieDetails:
    return read_details(body(FILM | changed))


def details_of(literal: str, key: str) -> Mapping[str, Any]:
    """The details of a film whose ``key`` stands in the body as this JSON text."""
    text = json.dumps(FILM | {key: "HERE"}).replace('"HERE"', literal)
    return cast("Mapping[str, Any]", read_details(body(text.encode())))


def summary(**changed: Any) -> MovieSummary:
    return read_page(body(PAGE | {"results": [ROW | changed]}), 1).results[0]


def error_of(answer: Answer) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fields(answer)
    return caught.value


# --- what an answer means -------------------------------------------------------------------------------------------

DOCUMENTED: list[tuple[int, int, type[SourceError]]] = [
    (2, 501, ServerFailure),
    (3, 401, Unauthorized),
    (4, 405, InvalidRequest),
    (5, 422, InvalidRequest),
    (6, 404, NotFound),
    (7, 401, Unauthorized),
    (8, 403, InvalidRequest),
    (9, 503, ServerFailure),
    (10, 401, Unauthorized),
    (11, 500, ServerFailure),
    (14, 401, Unauthorized),
    (15, 500, ServerFailure),
    (16, 401, Unauthorized),
    (17, 401, Unauthorized),
    (18, 400, InvalidRequest),
    (19, 406, InvalidRequest),
    (20, 422, InvalidRequest),
    (22, 400, InvalidRequest),
    (23, 400, InvalidRequest),
    (24, 504, ServerFailure),
    (25, 429, RateLimited),
    (26, 400, Unauthorized),
    (27, 400, InvalidRequest),
    (28, 400, InvalidRequest),
    (29, 400, InvalidRequest),
    (30, 401, Unauthorized),
    (31, 401, Unauthorized),
    (32, 401, Unauthorized),
    (33, 401, Unauthorized),
    (34, 404, NotFound),
    (35, 401, Unauthorized),
    (36, 401, Unauthorized),
    (37, 404, NotFound),
    (38, 401, Unauthorized),
    (39, 401, Unauthorized),
    (41, 422, InvalidRequest),
    (42, 405, InvalidRequest),
    (43, 502, ServerFailure),
    (44, 500, InvalidRequest),
    (45, 403, Unauthorized),
    (46, 503, ServerFailure),
    (47, 400, InvalidRequest),
]


@pytest.mark.parametrize(("code", "status", "kind"), DOCUMENTED)
def test_each_documented_error_means_one_thing_whatever_status_it_comes_with(
    code: int, status: int, kind: type[SourceError]
) -> None:
    said = json.dumps({"success": False, "status_code": code, "status_message": "Because."}).encode()
    for error in (error_of(Answer(status, body=said)), error_of(Answer(200, body=said))):
        assert type(error) is kind
        assert error.code == code
        assert "Because." in str(error)


@pytest.mark.parametrize("code", [1, 12, 13, 21, 40])
def test_a_documented_success_is_no_error(code: int) -> None:
    assert fields(body({"success": True, "status_code": code})).keys() == {"success", "status_code"}


def test_what_something_in_between_has_changed_is_a_success_too() -> None:
    assert fields(Answer(203, body=b'{"id":5}')) == {"id": msgspec.Raw(b"5")}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, InvalidRequest) for status in (400, 405, 406, 410, 414, 422)),
        *((status, ServerFailure) for status in (206, 204, 302, 304, 403, 408, 418, 500, 501, 502, 503, 504, 520, 522)),
        (401, Unauthorized),
        (404, NotFound),
        (429, RateLimited),
    ],
)
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<!DOCTYPE html><title>Error</title>",
        b'{"errors":["query must be provided"]}',
        b"[1]",
        b"null",
        b'{"status_code":"34"}',
        b'{"status_code":null,"errors":null}',
        b'{"status_code":999}',
        b"\xff\xfe",
    ],
)
def test_without_a_code_of_tmdbs_the_status_says_what_it_is(status: int, kind: type[SourceError], said: bytes) -> None:
    error = error_of(Answer(status, body=said))
    assert type(error) is kind
    assert error.status == status
    assert error.message.isprintable()


@pytest.mark.parametrize(
    "said",
    [
        *(b"", b" ", b"<!DOCTYPE html><p>Bad gateway", b"null", b"[]", b"550", b'"text"', b'{"id":550', b'{"id":NaN}'),
        *(b"\x1f\x8b\x08", b"\xef\xbb\xbf{}", b"{'id':550}", '{"id":550}'.encode("utf-16")),
    ],
)
def test_a_success_that_is_no_json_object_is_a_bad_payload(said: bytes) -> None:
    for read in (fields, read_details, read_success, lambda answer: read_page(answer, 1)):
        with pytest.raises(BadPayload):
            read(body(said))


@pytest.mark.parametrize("code", ['"34"', "null", "0", "-1", "999", "1e3", "[]", "9" * 5000, "true"])
def test_a_success_with_a_code_nobody_knows_is_a_server_failure(code: str) -> None:
    error = error_of(body(b'{"id":550,"status_code":%s}' % code.encode()))
    assert type(error) is ServerFailure


def test_the_errors_that_tmdb_lists_are_in_the_message() -> None:
    said = json.dumps({"errors": ["query must be provided", "page is too large"]}).encode()
    assert str(error_of(Answer(422, body=said))) == "TMDB answered 422: query must be provided; page is too large"


def test_what_tmdb_says_is_quoted_on_one_line_and_not_at_any_length() -> None:
    said = json.dumps({"status_code": 11, "status_message": "a\nb\x1b" + "c" * 100_000}).encode()
    error = error_of(Answer(500, body=said))
    assert error.message.startswith("TMDB answered 500, code 11: a b c")
    assert len(error.message) < 250
    assert error.message.isprintable()


def test_only_a_glimpse_of_a_strange_body_is_quoted() -> None:
    error = error_of(Answer(502, body=b"<html>\n\t\x1b[31m" + b"x" * 100_000))
    assert len(error.message) < 120
    assert error.message.isprintable()


@pytest.mark.parametrize(
    ("status", "said", "gone"),
    [
        (404, b'{"status_code":34}', True),
        (404, b'{"status_code":6}', True),
        (200, b'{"status_code":34}', True),
        (404, b'{"status_code":37}', False),
        (404, b"<html>", False),
        (404, b"{}", False),
        (401, b'{"status_code":7}', False),
    ],
)
def test_only_tmdb_itself_can_say_that_a_film_is_gone(status: int, said: bytes, gone: bool) -> None:
    assert says_gone(error_of(Answer(status, body=said))) is gone


# --- unknown --------------------------------------------------------------------------------------------------------

TEXTS = (
    *("title", "original_title", "original_language", "overview", "poster_path", "backdrop_path"),
    *("imdb_id", "tagline", "status", "homepage", "release_date"),
)
NUMBERS = ("runtime", "budget", "revenue", "vote_average")
LISTS = ("genres", "production_companies", "production_countries", "spoken_languages", "origin_country")


@pytest.mark.parametrize(
    ("key", "unknown"),
    [
        *((key, value) for key in TEXTS for value in ("", None)),
        *((key, value) for key in NUMBERS for value in (0, 0.0, None, "0")),
        *((key, None) for key in ("vote_count", "popularity", "adult", "video", "softcore", "belongs_to_collection")),
    ],
)
def test_unknown_is_none_whatever_shape_it_came_in(key: str, unknown: Any) -> None:
    film = cast("Mapping[str, Any]", details(**{key: unknown}))
    assert film[key] is None
    assert film["raw"] == {}


@pytest.mark.parametrize("unknown", [[], None])
@pytest.mark.parametrize("key", LISTS)
def test_a_list_of_nothing_is_an_empty_list(key: str, unknown: Any) -> None:
    assert cast("Mapping[str, Any]", details(**{key: unknown}))[key] == []


def test_a_film_of_which_only_the_id_is_known_has_every_key() -> None:
    film = read_details(body({"id": 550}))
    assert film.keys() == MovieDetails.__annotations__.keys() - {"body", "etag"}
    row = read_page(body(PAGE | {"results": [{"id": 550}]}), 1).results[0]
    assert row.keys() == MovieSummary.__annotations__.keys()
    known = ("tmdb_id", "observed_at", "raw", "parts", "genre_ids", *LISTS)
    assert {value for key, value in (*film.items(), *row.items()) if key not in known} == {None}


@pytest.mark.parametrize(
    ("key", "value"), [("vote_count", 0), ("popularity", 0.0), ("adult", False), ("budget", 1), ("runtime", 1)]
)
def test_what_is_known_to_be_nothing_is_not_unknown(key: str, value: Any) -> None:
    assert cast("Mapping[str, Any]", details(**{key: value}))[key] == value


def test_everything_that_is_known_is_read() -> None:
    film = cast("dict[str, Any]", details())
    assert {key: film[key] for key in FILM.keys() & film.keys()} == {
        key: FILM[key] for key in FILM.keys() & film.keys()
    }
    assert (film["tmdb_id"], film["raw"]) == (550, {})
    assert film["parts"] == {"credits": FILM["credits"], "watch/providers": FILM["watch/providers"]}


# --- odd values -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "literal", "value"),
    [
        ("vote_average", '"7.0"', 7.0),
        ("vote_average", "8", 8.0),
        ("vote_count", '"12"', 12),
        ("vote_count", "12.0", 12),
        ("runtime", '"139"', 139),
        ("revenue", "9223372036854775807", 2**63 - 1),
        ("adult", '"true"', True),
        ("title", '"null"', "null"),
        ("title", '"NaN"', "NaN"),
        ("overview", '"a\\rb\\nc\\u00a0"', "a\rb\nc\xa0"),
        ("title", '"\\ud83c\\udfac 千と千尋"', "🎬 千と千尋"),
    ],
)
def test_a_value_in_another_guise_is_read(key: str, literal: str, value: Any) -> None:
    film = details_of(literal, key)
    assert film[key] == value
    assert type(film[key]) is type(value)
    assert film["raw"] == {}


@pytest.mark.parametrize("written", ["tt0137523", " tt0137523 ", "https://www.imdb.com/title/tt0137523/"])
def test_an_imdb_id_is_written_as_imdb_writes_it(written: str) -> None:
    film = details(imdb_id=written)
    assert (film["imdb_id"], film["raw"]) == ("tt0137523", {})
    assert details_path(MOVIE, written) == "/movie/tt0137523"


def test_what_is_no_imdb_id_is_kept_beside_the_film() -> None:
    film = details(imdb_id="nm0000093")
    assert (film["imdb_id"], film["raw"]) == (None, {"imdb_id": "nm0000093"})
    assert details(imdb_id=" ")["raw"] == {}


@pytest.mark.parametrize(
    ("key", "literal"),
    [
        ("title", "5"),
        ("title", '["Fight Club"]'),
        ("release_date", '"2023-02-30"'),
        ("release_date", '"0000-00-00"'),
        ("release_date", '"1999"'),
        ("release_date", '"1999-10-15T00:00:00.000Z"'),
        ("release_date", '"soon"'),
        ("release_date", "19991015"),
        ("vote_count", "7.5"),
        ("vote_count", "true"),
        ("vote_count", "1" + "0" * 30),
        ("revenue", "9223372036854775808"),
        ("runtime", "-5"),
        ("runtime", "2147483648"),
        ("adult", "2"),
        ("adult", '"maybe"'),
        ("genres", "{}"),
        ("genres", '[{"id":99999999999999999999,"name":"Drama"}]'),
        ("origin_country", '"US"'),
        ("belongs_to_collection", "[]"),
        ("production_companies", '"Regency"'),
    ],
)
def test_a_value_of_the_wrong_kind_costs_that_value_and_is_kept(key: str, literal: str) -> None:
    film = details_of(literal, key)
    assert film[key] == ([] if key in LISTS else None)
    assert film["raw"] == {key: json.loads(literal)}
    assert film["imdb_id"] == "tt0137523"


DRAMA = {"id": 18, "name": "Drama"}
ABLE = {"id": 5, "name": "Able", "logo_path": None, "origin_country": "US"}


@pytest.mark.parametrize(
    ("key", "literal", "value", "all_of_it"),
    [
        # What is null, or not there, is unknown; it takes nothing along.
        ("genres", [{"id": 28, "name": None}, DRAMA], [{"id": 28, "name": None}, DRAMA], True),
        ("genres", [{"id": 28}, DRAMA], [{"id": 28, "name": None}, DRAMA], True),
        ("genres", [{"id": "28", "name": "Action"}, DRAMA], [{"id": 28, "name": "Action"}, DRAMA], True),
        ("production_companies", [ABLE | {"name": None}], [ABLE | {"name": None}], True),
        ("production_companies", [ABLE | {"origin_country": None}], [ABLE | {"origin_country": None}], True),
        ("production_countries", [{"iso_3166_1": "FR", "name": None}], [{"iso_3166_1": "FR", "name": None}], True),
        ("spoken_languages", [{"iso_639_1": "fr"}], [{"iso_639_1": "fr", "name": None}], True),
        ("belongs_to_collection", {"id": 77, "name": None}, {"id": 77, "name": None}, True),
        ("belongs_to_collection", {"id": 77}, {"id": 77, "name": None}, True),
        # What is of the wrong kind costs itself.
        ("genres", [{"id": 28, "name": 7}, DRAMA], [{"id": 28, "name": None}, DRAMA], False),
        ("genres", [DRAMA | {"mood": "sad"}, None], [DRAMA | {"mood": "sad"}], False),
        ("production_companies", [ABLE | {"logo_path": 0}], [ABLE], False),
        ("belongs_to_collection", {"id": 77, "name": []}, {"id": 77, "name": None}, False),
        # Without an id or a code nothing is said.
        ("genres", [{"id": None, "name": "Action"}, DRAMA], [DRAMA], False),
        ("genres", ["Action", 28, [], DRAMA], [DRAMA], False),
        ("production_countries", [{"iso_3166_1": "", "name": "x"}, {"iso_3166_1": "FR", "name": "y"}],
         [{"iso_3166_1": "FR", "name": "y"}], False),
        ("belongs_to_collection", {"id": None, "name": "x"}, None, False),
        ("origin_country", ["US", None], ["US"], False),
        ("origin_country", ["US", 7, "", "FR"], ["US", "FR"], False),
    ],
)  # fmt: skip
def test_an_odd_value_in_a_list_costs_that_value_and_not_the_list(
    key: str, literal: Any, value: Any, *, all_of_it: bool
) -> None:
    film: Mapping[str, Any] = details(**{key: literal})
    assert film[key] == value
    assert film["raw"] == ({} if all_of_it else {key: literal})
    assert film["imdb_id"] == "tt0137523"


def test_a_null_among_the_genres_of_a_list_row_costs_nothing_else() -> None:
    film = summary(genre_ids=[28, None, "18", "drama", 12.0])
    assert film["genre_ids"] == [28, 18, 12]
    assert film["raw"] == {"genre_ids": [28, None, "18", "drama", 12.0]}


@pytest.mark.parametrize(
    ("key", "literal"),
    [
        *((key, text) for key in ("vote_average", "popularity") for text in ('"NaN"', '"inf"', '"-Infinity"', "1e999")),
        ("vote_count", "9" * 5000),
        ("budget", "-1e400"),
    ],
)
def test_a_number_that_is_none_is_unknown_and_a_glimpse_of_it_is_kept(key: str, literal: str) -> None:
    film = details_of(literal, key)
    assert film[key] is None
    assert film["raw"].keys() == {key}
    assert str(film["raw"][key]).startswith(literal.strip('"')[:70])


def test_a_text_in_a_wrong_encoding_costs_that_text() -> None:
    film = read_details(body(b'{"id":550,"title":"Am\xe9lie","overview":"Paris"}'))
    assert (film["title"], film["overview"], film["raw"]) == (None, "Paris", {"title": '"Am\ufffdlie"'})


def test_keys_that_nobody_knows_are_kept() -> None:
    film = details(mood={"sad": [1, None]}, rating="R")
    assert film["raw"] == {"mood": {"sad": [1, None]}, "rating": "R"}
    assert summary(mood="sad")["raw"] == {"mood": "sad"}


def test_keys_that_nobody_knows_inside_an_object_are_kept() -> None:
    genre = {"id": 18, "name": "Drama", "mood": "sad"}
    assert details(genres=[genre])["genres"] == [genre]


def test_which_kind_of_list_a_row_came_from_is_not_kept() -> None:
    assert summary(media_type="movie")["raw"] == {}


@pytest.mark.parametrize("part", [*PARTS, "casts", "releases", "trailers"])
def test_a_part_is_kept_as_it_came(part: str) -> None:
    film = read_details(body({"id": 1, part: {"odd": [1, "2", None]}}))
    assert (film["parts"], film["raw"]) == ({part: {"odd": [1, "2", None]}}, {})


def test_a_key_that_comes_twice_counts_as_it_came_last() -> None:
    assert read_details(body(b'{"id":1,"title":"a","title":"b"}'))["title"] == "b"


def test_a_film_nested_400_deep_is_read_and_one_nested_200000_deep_is_a_bad_payload() -> None:
    assert details_of("[" * 400 + "]" * 400, "mood")["tmdb_id"] == 550
    with pytest.raises(BadPayload):
        details_of("[" * 200_000 + "]" * 200_000, "mood")


@pytest.mark.parametrize("literal", ["NaN", "Infinity", '"\x00"', "01", "'a'", "undefined"])
def test_a_body_with_something_that_is_no_json_is_a_bad_payload(literal: str) -> None:
    with pytest.raises(BadPayload):
        details_of(literal, "mood")


@pytest.mark.parametrize(
    "literal",
    ["0", "-1", "null", "true", '""', '"abc"', "1.5", "9007199254740992", "9" * 5000, "1e400", "[550]", '{"id":550}'],
)
def test_a_film_without_a_usable_id_is_a_bad_payload(literal: str) -> None:
    with pytest.raises(BadPayload, match="no usable id"):
        details_of(literal, "id")


@pytest.mark.parametrize("literal", ["550", '"550"', "550.0", "5.5e2"])
def test_an_id_in_another_guise_is_read(literal: str) -> None:
    assert details_of(literal, "id")["tmdb_id"] == 550


# --- pages ----------------------------------------------------------------------------------------------------------


def test_rows_without_a_usable_id_are_set_apart_and_counted() -> None:
    page = read_page(body(PAGE | {"results": [ROW, {"title": "?"}, {**ROW, "id": None}, {**ROW, "id": 551}]}), 1)
    assert [film["tmdb_id"] for film in page.results] == [550, 551]
    assert page.unreadable == ["no usable id: (an empty body)", "no usable id: null"]
    assert page.rows == 4


@pytest.mark.parametrize("stranger", [None, 5, "x", [ROW]])
def test_a_row_that_is_no_object_costs_no_other_row(stranger: Any) -> None:
    page = read_page(body(PAGE | {"results": [ROW, stranger, {**ROW, "id": 551}]}), 1)
    assert [film["tmdb_id"] for film in page.results] == [550, 551]
    assert (len(page.unreadable), page.rows) == (1, 3)
    assert page.unreadable[0].startswith("no film: ")


def test_a_page_other_than_the_one_asked_for_is_a_bad_payload() -> None:
    with pytest.raises(BadPayload, match="asked for page 2, got page 1"):
        read_page(body(PAGE), 2)


@pytest.mark.parametrize("key", ["page", "results", "total_pages", "total_results"])
@pytest.mark.parametrize("value", [None, -1, "x", 1.5, {}, [None], [1], 2**53, ...])
def test_a_page_that_lacks_what_makes_it_one_is_a_bad_payload(key: str, value: Any) -> None:
    changed = {name: kept for name, kept in {**PAGE, key: value}.items() if kept is not ...}
    with pytest.raises(BadPayload):
        read_page(body(changed), 1)


@pytest.mark.parametrize("total_pages", [0, 1])
def test_an_empty_page_is_a_page(total_pages: int) -> None:
    page = read_page(body({"page": 1, "results": [], "total_pages": total_pages, "total_results": 0}), 1)
    assert (page.total_pages, page.total_results, page.results, page.rows) == (total_pages, 0, [], 0)


# --- credentials ----------------------------------------------------------------------------------------------------

V3 = "0123456789abcdef0123456789abcdef"
V4 = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiIwIn0.c2ln"


@pytest.mark.parametrize("blanks", ["", " ", "\n", "\t \r\n"])
def test_a_key_is_told_apart_by_its_shape_and_blanks_around_it_do_not_matter(blanks: str) -> None:
    v3, v4 = credential(f"{blanks}{V3}{blanks}"), credential(f"{blanks}{V4}{blanks}")
    assert (v3.query, v3.headers) == ({"api_key": V3}, {})
    assert (v4.query, v4.headers) == ({}, {"Authorization": f"Bearer {V4}"})


@pytest.mark.parametrize("key", ["", " ", "abc def", "abc\ndef", "abc\tdef", "schlüssel", "abc\x00", "\u200b" + V3])
def test_a_text_that_can_be_no_key_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(ConfigurationError, match="was it copied whole") as caught:
        credential(key)
    assert not key.strip() or key.strip() not in str(caught.value)


@pytest.mark.parametrize("key", [V3[:-1], V3.upper(), "sandbox"])
def test_an_unusual_v3_key_is_sent_and_the_advice_says_what_is_odd(key: str) -> None:
    assert credential(key).query == {"api_key": key}
    assert "32 characters" in credential(key).advice
    assert "32 characters" not in credential(V3).advice


@pytest.mark.parametrize("key", [V3, V4])
def test_a_credential_does_not_show_its_key(key: str) -> None:
    assert key not in f"{credential(key)!r} {credential(key)} {credential(key).advice}"


# --- requests -------------------------------------------------------------------------------------------------------

DAY = date(2024, 2, 29)


def test_a_range_becomes_the_parameters_of_discover() -> None:
    query = SweepPlan(2024, 2024, sort_by="vote_count.asc", include_adult=True, language="de")
    assert discover_params(query, PageRequest(Range(DAY, DAY, 1, 2, (18, 35), (99,)), 7)) == {
        "include_adult": "true",
        "include_video": "false",
        "language": "de",
        "page": "7",
        "primary_release_date.gte": "2024-02-29",
        "primary_release_date.lte": "2024-02-29",
        "sort_by": "vote_count.asc",
        "vote_count.gte": "1",
        "vote_count.lte": "2",
        "with_genres": "18,35",
        "without_genres": "99",
    }


@pytest.mark.parametrize(
    ("sort_by", "from_the_other_end"),
    [("primary_release_date.desc", "primary_release_date.asc"), ("vote_count.asc", "vote_count.desc")],
)
def test_a_range_can_be_listed_from_its_other_end(sort_by: str, from_the_other_end: str) -> None:
    request = PageRequest(Range(DAY, DAY), 2, reverse=True)
    assert discover_params(SweepPlan(2024, 2024, sort_by=sort_by), request)["sort_by"] == from_the_other_end


def test_what_is_not_asked_is_not_sent_and_a_bound_of_no_votes_is() -> None:
    params = discover_params(SweepPlan(2024, 2024), PageRequest(Range(DAY, DAY, None, 0), 1))
    assert params.keys() == {
        *("include_adult", "include_video", "sort_by", "page"),
        *("primary_release_date.gte", "primary_release_date.lte", "vote_count.lte"),
    }
    assert params["vote_count.lte"] == "0"


@given(st.lists(st.tuples(st.dates(), st.integers(0, 3) | st.none(), st.sampled_from([(), (18,)])), max_size=10))
def test_different_ranges_have_different_parameters(parts: list[tuple[date, int | None, tuple[int, ...]]]) -> None:
    ranges = {Range(day, day, votes, None, genres) for day, votes, genres in parts}
    ranges |= {Range(day, day, None, votes, (), genres) for day, votes, genres in parts}
    identities = {json.dumps(discover_params(SweepPlan(2024, 2024), PageRequest(item, 1))) for item in ranges}
    assert len(identities) == len(ranges)


@pytest.mark.parametrize(
    "movie_id",
    [
        *(
            0,
            -1,
            2**53,
            True,
            "550",
            "",
            "tt",
            "tt123456",
            "tt01234567890",
            "tt\uff10137523",
        ),
        *("../person/1", "tt0137523/credits", "550?x=1", "%2e%2e", None, 1.0),
    ],
)
def test_what_is_no_id_of_a_film_makes_no_path(movie_id: Any) -> None:
    with pytest.raises(ValueError, match="neither a TMDB id"):
        details_path(MOVIE, movie_id)


@pytest.mark.parametrize("movie_id", [1, 2**53 - 1, "tt0137523", "tt23786990"])
def test_an_id_of_a_film_makes_a_path(movie_id: int | str) -> None:
    assert details_path(MOVIE, movie_id) == f"/movie/{movie_id}"


def test_parts_are_asked_for_once_and_in_order() -> None:
    assert details_params(["keywords", "credits", "keywords"]) == {"append_to_response": "keywords,credits"}
    assert details_params([]) == {}
    assert len(details_params(PARTS)["append_to_response"].split(",")) == len(PARTS) <= 20


@pytest.mark.parametrize(
    ("parts", "language", "further", "named"),
    [
        # Without a language TMDB sends the pictures and videos of all.
        (["images", "videos"], None, {}, {}),
        (["credits"], "de-DE", {}, {}),
        (["credits"], "de-DE", {"images": ("de",)}, {}),
        (["images"], "de-DE", {}, {"image": "de,en,null"}),
        (["images", "videos"], "en-US", {}, {"image": "en,null", "video": "en,null"}),
        (["images", "videos"], "pt-BR", {"images": ("null",)}, {"image": "null", "video": "pt,en,null"}),
        (["images", "videos"], None, {"videos": ("fr", "xx")}, {"video": "fr,xx"}),
    ],
)
def test_with_a_language_pictures_and_videos_of_others_are_asked_for_too(
    parts: list[str], language: str | None, further: dict[str, tuple[str, ...]], named: dict[str, str]
) -> None:
    params = details_params(parts, language, further)
    assert params.pop("append_to_response") == ",".join(parts)
    assert params.pop("language", None) == language
    assert params == {f"include_{kind}_language": value for kind, value in named.items()}


@pytest.mark.parametrize("odd", ["", "german", "de;en", "de,,en", "NULL", ["de", "none"]])
def test_what_is_no_language_of_pictures_is_refused(odd: Any) -> None:
    with pytest.raises(ValueError, match="include_image_language takes languages like de"):
        checked_languages(odd, "include_image_language")


@pytest.mark.parametrize(("part", "near"), [("credit", "credits"), ("watch/provider", "watch/providers")])
def test_a_part_that_does_not_exist_is_refused_with_a_suggestion(part: str, near: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{near}'"):
        details_params(["keywords", part])


@pytest.mark.parametrize("append", [["xyzzy"], [""], "credits", ["credits,images"], ["Credits "]])
def test_what_is_no_list_of_parts_is_refused(append: Any) -> None:
    with pytest.raises(ValueError, match=r"TMDB has no part|append takes a list"):
        details_params(append)


# --- when it was observed -------------------------------------------------------------------------------------------


def dated(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "age"),
    [
        ({}, 0),
        ({"date": dated(0)}, 0),
        ({"age": "1984"}, 1984),
        ({"date": dated(-100)}, 100),
        ({"date": dated(-100), "age": "1984"}, 1984),
        ({"date": dated(-1984), "age": "100"}, 1984),
        ({"date": dated(3600)}, 0),
        ({"date": dated(3600), "age": "60"}, 60),
        ({"date": "Thu, 01 Jan 2026 11:59:00 -0000"}, 60),
        ({"age": "-5"}, 0),
        ({"age": "1.5"}, 0),
        ({"age": "²"}, 0),
        ({"age": "9" * 5000}, 8 * 3600),
        ({"age": "30000000"}, 8 * 3600),
        ({"date": dated(-365 * 86_400)}, 8 * 3600),
        ({"date": dated(-365 * 86_400), "age": "60"}, 8 * 3600),
        ({"date": dated(365 * 86_400), "age": "60"}, 60),
        ({"date": "Thu, 01 Jan 1970 00:00:00 GMT"}, 8 * 3600),
        ({"date": ""}, 0),
        ({"date": "yesterday"}, 0),
        ({"date": "Thu, 01 Jan 99999999999999999999 00:00:00 GMT"}, 0),
        ({"date": "Thu, 01 Jan 2026 00:00:00 +9999999999999"}, 0),
    ],
)
def test_an_answer_is_as_old_as_its_cache_says(headers: dict[str, str], age: int) -> None:
    assert observed_at(Answer(headers=headers)) == NOW - timedelta(seconds=age)


@given(
    st.dictionaries(st.sampled_from(["date", "age"]), st.text(max_size=30) | st.from_regex(r"\d{1,20} Jan \d{1,20}"))
)
def test_no_header_makes_an_answer_older_than_caches_keep_it_or_come_from_the_future(headers: dict[str, str]) -> None:
    answer = Answer(headers=headers)
    assert NOW - CACHED_FOR <= observed_at(answer) <= NOW
    assert NOW - CACHED_FOR_A_DAY <= observed_at(answer, CACHED_FOR_A_DAY) <= observed_at(answer)
    clock_of(answer)


def test_a_server_says_what_its_clock_shows_also_through_a_cache() -> None:
    assert clock_of(Answer(headers={"date": dated(-3600), "age": "3600"})) == NOW
    assert clock_of(Answer(headers={"date": dated(-365 * 86_400)})) == NOW - timedelta(days=365)
    assert clock_of(Answer(headers={"age": "60"})) is None


def test_records_say_when_they_were_observed() -> None:
    answer = Answer(headers={"age": "60"}, body=json.dumps(FILM).encode())
    assert read_details(answer)["observed_at"] == "2026-01-01T11:59:00+00:00"
    answer.body = json.dumps(PAGE).encode()
    assert {film["observed_at"] for film in read_page(answer, 1).results} == {"2026-01-01T11:59:00+00:00"}
    answer.body = b'{"success":true}'
    assert read_success(answer) == NOW - timedelta(minutes=1)


# --- order ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort_by", [order for order in discover_of(MOVIE).orders if not order.startswith("revenue")])
@given(st.randoms())
def test_films_are_put_in_the_order_asked_for(sort_by: str, chance: Any) -> None:
    name, way = sort_by.rsplit(".", 1)
    key = name.removeprefix("primary_")
    values: dict[str, list[Any]] = {
        "release_date": ["1999-10-15", "2000-01-01", "2024-02-29", None, ""],
        "vote_count": [0, 5, 10, None, 10],
        "vote_average": [0.5, 7.1, 9.9, None, 0],
        "popularity": [0.0, 1.5, 100.0, None, 1.5],
    }
    films = [summary(id=n, **{key: value}) for n, value in enumerate(values.get(key, ["a", "b", "c", None, ""]), 1)]
    shuffled = films * 2
    chance.shuffle(shuffled)

    ordered = in_order(shuffled, sort_by)

    assert sorted(film["tmdb_id"] for film in ordered) == [1, 2, 3, 4, 5]
    found = [cast("Mapping[str, Any]", film)[key] for film in ordered]
    known = [value for value in found if value is not None]
    assert known == sorted(known, reverse=way == "desc")
    assert found == known + [None] * (len(found) - len(known))


@pytest.mark.parametrize("sort_by", ["revenue.asc", "revenue.desc"])
def test_an_order_that_summaries_do_not_show_is_left_as_it_came(sort_by: str) -> None:
    films = [summary(id=n) for n in (3, 1, 2, 1)]
    assert [film["tmdb_id"] for film in in_order(films, sort_by)] == [3, 1, 2]


def test_of_two_rows_for_one_film_the_later_counts() -> None:
    films = [summary(id=1, vote_count=5), summary(id=1, vote_count=6)]
    assert [film["vote_count"] for film in in_order(films, "vote_count.desc")] == [6]


# --- garbage --------------------------------------------------------------------------------------------------------

JUNK: st.SearchStrategy[Any] = st.sampled_from([
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**64), 10**400, 0.0, 1.5, -1e308, float("nan"), float("inf")),
    *("", "0", "null", "NaN", "inf", "2023-02-30", "0000-00-00", "9" * 50, "\ud800", "\x00", "é" * 300, "1e999"),
    *([], {}, [None], [[]], [{}], {"id": None}, [{"id": 1, "name": None}], [{"iso_639_1": 5}], {"": {}}),
])  # fmt: skip
KEYS = st.sampled_from([*FILM, "status_code", "status_message", "errors", "success", "media_type", "mood", ""])


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a body with each of its keys."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        for key in range(len(value)) if isinstance(value, list) else list(value):
            found += [(value, key), *places(value[key])]
    return found


@st.composite
def mutated(draw: st.DrawFn, whole: Mapping[str, Any]) -> bytes:
    """A body with some values swapped, removed or added, and perhaps a few bytes changed or cut off."""
    changed = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(0, 4))):
        where = places(changed)
        container, key = draw(st.sampled_from(where)) if where else (changed, "id")
        match draw(st.sampled_from(["swap", "remove", "add"])):
            case "swap":
                container[key] = deepcopy(draw(JUNK))
            case "remove" if where:
                del container[key]
            case _:
                changed[draw(KEYS)] = deepcopy(draw(JUNK))
    text = bytearray(json.dumps(changed, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 3]))):
        text[draw(st.integers(0, len(text) - 1))] = draw(st.integers(0, 255))
    return bytes(text[: draw(st.none() | st.integers(0, len(text)))])


STATUSES = st.sampled_from([200, 200, 200, 200, 404, 429, 503])


def storable(record: object, kind: Any) -> None:
    """The record is what its type says, down to the numbers, and can be written as JSON."""
    msgspec.convert(record, kind)
    assert msgspec.json.decode(msgspec.json.encode(record)) == record


@given(mutated(FILM), STATUSES)
def test_whatever_comes_instead_of_a_film_is_a_film_or_an_error_with_a_name(said: bytes, status: int) -> None:
    with suppress(SourceError):
        film = read_details(Answer(status, body=said))
        assert status == 200
        storable(film, MovieDetails)


@given(mutated(PAGE), STATUSES)
def test_whatever_comes_instead_of_a_page_is_a_page_or_an_error_with_a_name(said: bytes, status: int) -> None:
    with suppress(SourceError):
        page = read_page(Answer(status, body=said), 1)
        assert status == 200
        assert page.rows == len(json.loads(said.decode(errors="replace"))["results"])
        for film in page.results:
            storable(film, MovieSummary)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_bytes_that_mean_nothing_are_an_error_with_a_name(said: bytes) -> None:
    for status in (200, 404, 500):
        with pytest.raises(SourceError):
            read_details(Answer(status, body=said))


@pytest.mark.parametrize("text", ["de", "pt-BR", "cn", "xx-XX"])
def test_a_language_of_the_form_that_tmdb_reads_is_taken(text: str) -> None:
    assert protocol.checked_language(f" {text} ", "language") == text


@pytest.mark.parametrize(
    "text", ["german", "DE", "de-de", "de_DE", "deu", "null", "de-", "d", "de-DE-x", "de\n-DE", "日本"]
)
def test_a_language_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="language takes a language like de or pt-BR"):
        protocol.checked_language(text, "language")
