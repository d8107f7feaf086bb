"""Parts of films as rows: every recorded one is read whole, and what is odd costs itself and no more."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.data_collection.tmdb.models import PARTS, TYPED_PARTS, UNTYPED_PARTS
from ayne.data_collection.tmdb.parts import read_part
from ayne.data_collection.tmdb.records import read_again
from ayne.kinds import MOVIE

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PERSON = {"id": 819, "name": "Edward Norton", "credit_id": "52fe4250c3a36847f80149f3"}


def rows(part: str, body: Any) -> list[tuple[Any, ...]]:
    return read_part(part, body).rows


def test_each_part_but_the_two_without_rows_has_a_table() -> None:
    assert {part for part in PARTS if MOVIE.table_of(part)} == set(TYPED_PARTS)
    assert {part for part in PARTS if not MOVIE.table_of(part)} == set(UNTYPED_PARTS)


def test_a_person_stands_there_once_for_each_job() -> None:
    director = PERSON | {"credit_id": "a", "department": "Directing", "job": "Director"}
    writer = PERSON | {"credit_id": "b", "department": "Writing", "job": "Writer"}
    actor = PERSON | {"credit_id": "c", "character": "", "order": 0, "cast_id": 4}
    found = rows("credits", {"cast": [actor], "crew": [director, writer]})
    assert [(row[0], row[1], row[2], row[6], row[7], row[8]) for row in found] == [
        ("cast", "c", 819, None, None, 0),
        ("crew", "a", 819, "Director", None, None),
        ("crew", "b", 819, "Writer", None, None),
    ]


def test_of_two_rows_that_are_the_same_the_last_counts() -> None:
    body = {"cast": [PERSON | {"character": "old"}, PERSON | {"character": "new"}], "crew": []}
    assert [row[7] for row in rows("credits", body)] == ["new"]
    assert rows("keywords", {"keywords": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}) == [(1, "b")]


def test_of_two_rows_that_are_the_same_the_one_that_says_more_counts() -> None:
    voted = {"file_path": "/a.jpg", "iso_639_1": "en", "vote_average": 5.3, "vote_count": 4}
    empty = voted | {"vote_average": 0.0, "vote_count": 0}
    for posters in ([voted, empty], [empty, voted]):
        ((*_, average, count),) = rows("images", {"posters": posters})
        assert (average, count) == (5.3, 4)


@pytest.mark.parametrize(("code", "language"), [("xx", None), ("", None), (None, None), ("de", "de"), ("cn", "cn")])
def test_tmdb_s_code_for_no_language_is_none(code: str | None, language: str | None) -> None:
    assert rows("images", {"logos": [{"file_path": "/a.svg", "iso_639_1": code}]})[0][2] == language
    assert rows("videos", {"results": [{"id": "v", "iso_639_1": code}]})[0][7] == language
    dates = [{"release_date": "1999-10-15", "iso_639_1": code}]
    assert rows("release_dates", {"results": [{"iso_3166_1": "US", "release_dates": dates}]})[0][4] == language


def test_a_translation_into_no_language_is_one_all_the_same() -> None:
    assert rows("translations", {"translations": [{"iso_639_1": "xx"}]})[0][0] == "xx"


def test_an_imdb_id_among_the_external_ids_is_written_as_imdb_writes_it() -> None:
    assert rows("external_ids", {"imdb_id": " tt0137523 ", "wikidata_id": ""})[0][0] == "tt0137523"
    read = read_part("external_ids", {"imdb_id": "nm1", "wikidata_id": "Q190050"})
    assert (read.rows[0][:2], read.leftovers) == ((None, "Q190050"), {"imdb_id": 1})


def test_credits_without_an_id_are_told_apart_by_what_they_say() -> None:
    old = {"id": 7, "name": "A", "department": "Writing", "job": "Novel"}
    assert len(rows("credits", {"crew": [old, old | {"job": "Screenplay"}, old]})) == 2


def test_providers_are_rows_by_country_and_kind() -> None:
    netflix = {"provider_id": 8, "provider_name": "Netflix", "display_priority": 0, "logo_path": "/n.jpg"}
    body = {"results": {"US": {"link": "https://x", "rent": [netflix], "buy": [netflix]}, "DE": {"party": [netflix]}}}
    assert [(row[0], row[1], row[2], row[3]) for row in rows("watch/providers", body)] == [
        ("US", "rent", "https://x", 8),
        ("US", "buy", "https://x", 8),
        # A way to watch that nobody has heard of is one all the same.
        ("DE", "party", None, 8),
    ]


def test_release_dates_are_rows_by_country_with_the_moment_in_utc() -> None:
    dates = [
        {"release_date": "1999-10-15T00:00:00.000Z", "type": 3, "certification": "R", "note": "", "iso_639_1": ""},
        {"release_date": "2000-06-06T02:00:00+02:00", "type": 5, "certification": "", "descriptors": ["Violence"]},
    ]
    body = {"results": [{"iso_3166_1": "US", "release_dates": dates}]}
    assert rows("release_dates", body) == [
        ("US", datetime(1999, 10, 15), 3, "R", None, None, None),  # noqa: DTZ001 - as the file keeps it
        ("US", datetime(2000, 6, 6), 5, None, None, None, ["Violence"]),  # noqa: DTZ001
    ]


def test_other_films_keep_their_place() -> None:
    films = [{"id": 9, "title": "B", "release_date": ""}, {"id": 4, "title": "A", "release_date": "1999-01-01"}]
    read = read_part("similar", {"page": 1, "results": films, "total_pages": 7, "total_results": 131})
    assert read.rows == [(1, 9, "B", None), (2, 4, "A", date(1999, 1, 1))]
    assert read.reported == 131


def test_what_is_inside_a_translation_or_a_review_is_a_column_too() -> None:
    german = {"iso_639_1": "de", "iso_3166_1": "DE", "data": {"title": "", "runtime": 0, "overview": "Ein Mann."}}
    assert rows("translations", {"translations": [german, {"iso_639_1": "fr", "data": None}]}) == [
        ("de", "DE", None, None, None, "Ein Mann.", None, None, None),
        ("fr", None, None, None, None, None, None, None, None),
    ]
    review = {"id": "r", "author": "A", "author_details": {"username": "a", "rating": 8.0}}
    assert rows("reviews", {"results": [review]})[0][:6] == ("r", "A", None, "a", None, 8.0)


@pytest.mark.parametrize("part", TYPED_PARTS)
def test_unknown_keys_are_counted_wherever_they_stand(part: str) -> None:
    assert "zzz" in read_part(part, {"zzz": 1}).leftovers


def test_a_key_that_nobody_knows_in_a_row_is_counted_for_each_row() -> None:
    body = {"keywords": [{"id": 1, "name": "a", "mood": "sad"}, {"id": 2, "name": "b", "mood": None}]}
    assert read_part("keywords", body).leftovers == {"mood": 2}


@pytest.mark.parametrize("name", [7, [], {}, True])
def test_a_value_of_the_wrong_type_costs_that_value(name: Any) -> None:
    read = read_part("keywords", {"keywords": [{"id": 1, "name": name}]})
    assert (read.rows, read.leftovers, read.unreadable) == ([(1, None)], {"name": 1}, 0)


def test_an_odd_item_in_a_list_costs_that_item() -> None:
    listed = [["Violence", None, 7, ""], ["Drugs", None], "Drugs"]
    dates = [{"release_date": "1999-10-15", "type": n, "descriptors": item} for n, item in enumerate(listed)]
    found = read_part("release_dates", {"results": [None, {"iso_3166_1": "US", "release_dates": [None, *dates]}]})
    assert [row[-1] for row in found.rows] == [["Violence"], ["Drugs"], None]
    assert (found.unreadable, found.leftovers) == (2, {"descriptors": 2})


@pytest.mark.parametrize(
    ("tmdb_id", "read"),
    [("7", 7), (7.0, 7), ("7.0", 7), ("-7", -7), ("7_0", None), (" 7", None), ("\u0667", None), ("7.5", None)],
)
def test_an_id_that_is_a_text_is_the_number_that_it_says(tmdb_id: Any, read: int | None) -> None:
    found = rows("keywords", {"keywords": [{"id": tmdb_id, "name": "a"}]})
    assert [row[0] for row in found] == ([] if read is None else [read])


@pytest.mark.parametrize("tmdb_id", [None, "x", 10**30, -(10**400), 1.5, True, [], {}, float("inf"), float("nan")])
def test_a_row_without_a_usable_id_costs_that_row(tmdb_id: Any) -> None:
    read = read_part("keywords", {"keywords": [{"id": tmdb_id, "name": "a"}, {"id": 2, "name": "b"}]})
    assert (read.rows, read.unreadable) == ([(2, "b")], 1)


@pytest.mark.parametrize("listed", [{}, {"keywords": None}, {"keywords": []}])
def test_a_part_of_nothing_has_no_rows_and_nothing_to_complain_of(listed: Any) -> None:
    read = read_part("keywords", listed)
    assert (read.rows, read.unreadable, read.leftovers) == ([], 0, {})


@pytest.mark.parametrize("body", ["text", 7, [], True, {"keywords": {"0": {"id": 1}}}, {"keywords": "text"}])
def test_a_part_of_the_wrong_shape_is_counted_as_unreadable(body: Any) -> None:
    read = read_part("keywords", body)
    assert (read.rows, read.unreadable) == ([], 1)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["2024-02-30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-10:00", "1" * 5000]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "cast", "crew", "results", "keywords", "titles", "translations", "posters", "data"])
            | st.sampled_from(["iso_3166_1", "release_dates", "release_date", "US", "rent", "provider_id", "file_path"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(part=st.sampled_from(TYPED_PARTS), body=json_values)
def test_no_body_breaks_the_reader(part: str, body: Any) -> None:
    read = read_part(part, body)
    layout = MOVIE.parts[part]
    assert len({len(row) for row in read.rows}) <= 1
    assert all(count > 0 for count in read.leftovers.values())
    keys = [tuple(row[place] for place in layout.places) for row in read.rows]
    assert all(keys.count(key) == 1 for key in keys if key != (None,))


def test_half_a_surrogate_pair_costs_one_letter_and_not_the_film() -> None:
    body = rb'{"id":5,"title":"a\\ud800 \ud83d\ude00","keywords":{"keywords":[{"id":1,"name":"b\udc00c"}]}}'
    film = read_again(body, NOW)
    assert film["title"] == "a\\ud800 😀"
    assert rows("keywords", film["parts"]["keywords"]) == [(1, "b\ufffdc")]


def test_a_number_that_no_float_holds_costs_its_value_and_not_the_part() -> None:
    body = b'{"id":5,"credits":{"cast":[{"id":1,"popularity":1e999},{"id":2,"popularity":2.5}]}}'
    read = read_part("credits", read_again(body, NOW)["parts"]["credits"])
    assert [row[12] for row in read.rows] == [None, 2.5]
    assert read.leftovers == {"popularity": 1}


def test_bytes_that_are_no_text_cost_letters_and_not_the_part() -> None:
    body = b'{"id":5,"keywords":{"keywords":[{"id":1,"name":"a\xff"},{"id":2,"name":"b"}]}}'
    assert rows("keywords", read_again(body, NOW)["parts"]["keywords"]) == [(1, "a\ufffd"), (2, "b")]


@pytest.mark.parametrize(
    ("number", "rows"), [(2**63 - 1, 1), (2**63, 0), (2**64, 0), ("9223372036854775808", 0), (1e19, 0)]
)
def test_a_number_that_no_column_holds_is_none(number: object, rows: int) -> None:
    found = read_part("keywords", {"keywords": [{"id": number, "name": "x"}]})
    assert (len(found.rows), found.unreadable) == (rows, 1 - rows)
