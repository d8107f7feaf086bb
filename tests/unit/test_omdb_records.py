"""What OMDb's answers mean, and what their texts become."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.data_collection.omdb.models import OMDbMovie
from ayne.data_collection.omdb.protocol import checked_key, mended, title_params
from ayne.data_collection.omdb.records import read_title
from ayne.errors import (
    BadPayload,
    ConfigurationError,
    Malformed,
    Mismatched,
    NotFound,
    QuotaSpent,
    RateLimited,
    ServerFailure,
    SourceError,
    Unauthorized,
)
from tests.fake_omdb import error, title

ID = "tt0770828"
NOW = datetime(2026, 2, 13, 0, 30, tzinfo=UTC)
HTML = "<!DOCTYPE html><html><head><title>omdbapi.com | 522: Connection timed out</title></head></html>"


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    received_at: datetime = NOW


def read(values: Any, status: int = 200, **headers: str) -> OMDbMovie:
    body = values if isinstance(values, str) else json.dumps(values)
    return read_title(Answer(status, body.encode(), headers), ID)


def test_every_text_of_a_film_becomes_what_it_stands_for() -> None:
    movie = read(title(ID, Language="English", Country="United States, United Kingdom", Director="Zack Snyder"))
    assert movie == {
        "imdb_id": ID,
        "title": f"Film {ID}",
        "type": "movie",
        "year": 2013,
        "end_year": 2013,
        "rated": "PG-13",
        "released": "2013-06-14",
        "runtime": 143,
        "imdb_rating": 7.1,
        "imdb_votes": 858_780,
        "rotten_tomatoes": 57,
        "metascore": 55,
        "awards": "Nominated for 1 BAFTA Award7 wins & 46 nominations total",
        "box_office": 291_045_518,
        "genres": ["Action", "Sci-Fi"],
        "languages": ["English"],
        "countries": ["United States", "United Kingdom"],
        "director": "Zack Snyder",
        **dict.fromkeys(("writer", "actors", "plot", "poster", "production", "website", "dvd")),
        **dict.fromkeys(("season", "episode", "series_id", "total_seasons")),
        "observed_at": "2026-02-13T00:30:00+00:00",
        "raw": {},
    }


def test_where_all_is_not_available_all_is_unknown() -> None:
    texts = {key: "N/A" for key in title(ID) if key not in {"imdbID", "Response"}}
    known = {name: value for name, value in read(title(ID, **texts)).items() if value not in (None, [], {})}
    assert known == {"imdb_id": ID, "observed_at": "2026-02-13T00:30:00+00:00"}


@pytest.mark.parametrize(
    ("key", "text", "name", "value"),
    [
        ("Year", "2004\N{EN DASH}2010", "end_year", 2010),
        ("Year", "2019\N{EN DASH}", "end_year", None),
        ("Year", "2019\N{EN DASH}", "year", 2019),
        ("Runtime", "1 h 30 min", "runtime", 90),
        ("Runtime", "2 h", "runtime", 120),
        ("Runtime", "N/A", "runtime", None),
        ("imdbVotes", "10914", "imdb_votes", 10_914),
        ("imdbVotes", 10_914, "imdb_votes", 10_914),
        ("BoxOffice", "$292.6M", "box_office", 292_600_000),
        ("BoxOffice", "$2,923,706,026", "box_office", 2_923_706_026),
        ("Released", "01 May 1983", "released", "1983-05-01"),
        ("Released", "2014-01-12", "released", "2014-01-12"),
        ("Rated", "Not Rated", "rated", "Not Rated"),
        ("Season", "1", "season", 1),
        ("seriesID", "tt2356777", "series_id", "tt2356777"),
        ("totalSeasons", "8", "total_seasons", 8),
        ("imdbRating", "10", "imdb_rating", 10.0),
    ],
)
def test_the_shapes_that_were_met_are_read(key: str, text: Any, name: str, value: Any) -> None:
    found: Mapping[str, Any] = read(title(ID, **{key: text}))
    assert (found[name], found["raw"]) == (value, {})


@pytest.mark.parametrize(
    ("key", "odd", "name"),
    [
        ("Year", "soon", "year"),
        ("Runtime", "long", "runtime"),
        ("Runtime", "143", "runtime"),
        ("BoxOffice", "£1,000", "box_office"),
        ("BoxOffice", "$99999999999999999999", "box_office"),
        ("imdbVotes", "-3", "imdb_votes"),
        ("imdbVotes", "1,2,3", "imdb_votes"),
        ("imdbVotes", "٣", "imdb_votes"),
        ("Released", "31 Feb 2013", "released"),
        ("Released", "14 Foo 2013", "released"),
        ("Metascore", "101", "metascore"),
        ("imdbRating", "11", "imdb_rating"),
        ("Rated", ["PG"], "rated"),
        ("Title", True, "title"),
    ],
)
def test_an_odd_value_costs_that_value_and_is_kept(key: str, odd: Any, name: str) -> None:
    found: Mapping[str, Any] = read(title(ID, Ratings=[], **{key: odd}))
    assert found[name] is None
    assert found["raw"] == {key: odd}
    assert found["awards"]


@pytest.mark.parametrize("value", [b'"caf\xe9"', b"1e999", b"[" * 900 + b"]" * 900])
def test_a_value_that_cannot_be_decoded_is_no_text_of_its_own(value: bytes) -> None:
    body = json.dumps(title(ID, Title="here")).encode().replace(b'"here"', value)
    found = read_title(Answer(200, body), ID)
    assert (found["title"], found["imdb_rating"]) == (None, 7.1)
    assert "Title" in found["raw"]


def test_a_rating_that_only_the_list_has_is_taken_from_there() -> None:
    movie = read(title(ID, Metascore="N/A", imdbRating="N/A"))
    assert (movie["imdb_rating"], movie["metascore"], movie["rotten_tomatoes"]) == (7.1, 55, 57)


@pytest.mark.parametrize(
    "ratings",
    [[{"Source": "Letterboxd", "Value": "4.1/5"}], [{"Source": "Rotten Tomatoes", "Value": "?"}], [1], "many"],
)
def test_a_list_of_ratings_that_cannot_be_read_is_kept(ratings: Any) -> None:
    movie = read(title(ID, Ratings=ratings))
    assert (movie["raw"], movie["imdb_rating"], movie["rotten_tomatoes"]) == ({"Ratings": ratings}, 7.1, None)


def test_an_odd_rating_in_the_list_costs_itself_and_not_the_list() -> None:
    tomatoes = {"Source": "Rotten Tomatoes", "Value": "57%"}
    metacritic = {"Source": "Metacritic", "Value": None}
    ratings = [None, "7.1", {"Source": 7, "Value": "7.1/10"}, {"Value": "1%"}, metacritic, tomatoes]
    movie = read(title(ID, Metascore="N/A", Genre="Action, N/A, , Drama", Ratings=ratings))
    assert (movie["rotten_tomatoes"], movie["metascore"], movie["raw"]) == (57, None, {"Ratings": ratings})
    assert movie["genres"] == ["Action", "Drama"]


@pytest.mark.parametrize("ratings", [None, [], "N/A"])
def test_no_ratings_are_nothing_odd(ratings: Any) -> None:
    assert read(title(ID, Ratings=ratings))["raw"] == {}


def test_what_nobody_knows_is_kept() -> None:
    assert read(title(ID, tomatoImage="certified"))["raw"] == {"tomatoImage": "certified"}


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*title(ID), "Season", "seriesID", "tomatoMeter"]), ANY_JSON))
def test_no_body_breaks_the_reading(values: dict[str, Any]) -> None:
    try:
        movie = read(title(ID) | values)
    except SourceError:
        assert values.keys() & {"imdbID", "Response", "Error"}
    else:
        assert msgspec.convert(movie, OMDbMovie) == movie
        assert movie["raw"].keys() <= values.keys()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, error("Movie not found!"), NotFound),
        (200, error("Error getting data."), NotFound),
        (200, error("Incorrect IMDb ID."), NotFound),
        (401, error("Request limit reached!"), QuotaSpent),
        (200, error("Request limit reached!"), QuotaSpent),
        (401, error("Invalid API key!"), Unauthorized),
        (200, error("Invalid API key!"), Unauthorized),
        (401, error("No API key provided."), Unauthorized),
        (401, error("Your account is suspended."), Unauthorized),
        (401, HTML, ServerFailure),
        (403, HTML, ServerFailure),
        (404, HTML, ServerFailure),
        (503, HTML, ServerFailure),
        (522, HTML, ServerFailure),
        (200, HTML, BadPayload),
        (200, "", BadPayload),
        (200, "[]", BadPayload),
        (200, {}, BadPayload),
        (200, error(""), BadPayload),
        (200, error("The service is unavailable."), ServerFailure),
        (200, {"Search": [], "totalResults": "0", "Response": "True"}, BadPayload),
        (429, HTML, RateLimited),
        (500, title(ID), ServerFailure),
        (200, title("tt0000001"), Mismatched),
        (200, title(ID, imdbID="N/A"), Mismatched),
        (200, title(ID, imdbID=None), Malformed),
        (200, '{"Title": oops}', Malformed),
        # What was cut off may come whole.
        (200, '{"Title":"Film","Year":"20', BadPayload),
        (200, title(ID, Response="False"), BadPayload),
    ],
)
def test_an_answer_means_what_omdb_says_and_not_what_http_says(status: int, body: Any, kind: type[SourceError]) -> None:
    with pytest.raises(SourceError) as caught:
        read(body, status)
    assert type(caught.value) is kind
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("written", "plot"),
    [
        (b"a \x1f unit separator", "a \x1f unit separator"),
        (b"a \t tab\r\nand \x00", "a \t tab\r\nand \x00"),
        (rb"inner\spirit", r"inner\spirit"),
        (rb"it\'s, a \u12 and a \\ and \u00e9", "it's, a \\u12 and a \\ and \u00e9"),
        (rb"half a pair \ud83d", "half a pair \ufffd"),
        (rb'he said \\"no\\" twice', 'he said \\"no\\" twice'),
        (b'called "The Man", by "all": them', 'called "The Man", by "all": them'),
        ("caf\u00e9 \u2013 \t".encode(), "caf\u00e9 \u2013"),
    ],
)
def test_json_that_was_written_by_hand_is_read(written: bytes, plot: str) -> None:
    body = json.dumps(title(ID, Plot="@")).encode().replace(b"@", written)
    movie = read_title(Answer(200, body), ID)
    assert (movie["plot"], movie["imdb_rating"], movie["raw"]) == (plot, 7.1, {})
    with_comma = body.replace(b"@", written).replace(b"}]", b"},]")[:-1] + b" , }"
    assert read_title(Answer(200, with_comma), ID)["plot"] == plot


@pytest.mark.parametrize("answered", ["tt00770828", "tt0770828 ", "TT0770828", "https://www.imdb.com/title/tt0770828/"])
def test_zeros_in_front_and_blanks_make_no_other_title(answered: str) -> None:
    same = read(title(ID, imdbID=answered, seriesID=" tt2356777 "))
    assert (same["imdb_id"], same["series_id"], same["raw"]) == (ID, "tt2356777", {})


def test_an_error_that_was_written_by_hand_is_read() -> None:
    with pytest.raises(NotFound):
        read('{"Response":"False",\n"Error":"Movie not found!\t"}')


@given(st.binary(max_size=60))
def test_mending_leaves_json_as_it_is_and_takes_anything(text: bytes) -> None:
    mended(b'{"' + text)
    whole = json.dumps(title(ID, Plot=text.decode("latin-1"))).encode()
    assert json.loads(mended(whole)) == json.loads(whole)


def test_mending_takes_no_longer_than_reading() -> None:
    mended(b'{"' * 100_000 + b'" ' * 100_000)


def test_a_spent_quota_is_dated_to_when_omdb_said_so() -> None:
    made = {"date": "Thu, 12 Feb 2026 23:40:00 GMT", "age": "3000"}
    with pytest.raises(QuotaSpent) as caught:
        read(error("Request limit reached!"), 401, **made)
    assert caught.value.observed_at == datetime(2026, 2, 12, 23, 40, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "tt123", "tt0770828 x", "nm0000093", "550", "tt0770828&apikey=x"])
def test_nothing_but_an_imdb_id_is_asked_for(text: str) -> None:
    with pytest.raises(ValueError, match="not an IMDb id"):
        title_params(text)


@pytest.mark.parametrize("key", ["", " ", "abc def", "ab\ncd", "käse", "a&b"])
def test_what_cannot_be_a_key_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked_key(key)
    assert not key.strip() or key.strip() not in str(caught.value)
