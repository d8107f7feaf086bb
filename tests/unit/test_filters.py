import pytest

from ayne.data_collection.tmdb.filters import checked, dates_are_regional, may_split_by_genre
from ayne.kinds import SERIES
from ayne.kinds.movie import GENRE_IDS, GENRES


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("with_genres", "Drama", "18"),
        ("with_genres", "drama, Comedy|80", "18,35|80"),
        ("with_genres", "Sci-Fi", "878"),
        ("without_genres", 99, "99"),
        ("with_original_language", "fr|cn|xx", "fr|cn|xx"),
        ("with_origin_country", "fr", "FR"),
        ("region", "de", "DE"),
        ("with_runtime.gte", 60, "60"),
        ("vote_average.gte", 7.5, "7.5"),
        ("with_people", "287,819", "287,819"),
        ("year", "2024", "2024"),
        ("release_date.gte", "2024-02-29", "2024-02-29"),
    ],
)
def test_a_filter_is_sent_as_tmdb_takes_it(name: str, value: object, sent: str) -> None:
    assert checked({name: value}) == ((name, sent),)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"with_genre": "18"}, "no filter 'with_genre': did you mean 'with_genres'"),
        ({"primary_release.gte": "2024-01-01"}, "no filter 'primary_release.gte'"),
        ({"nonsense": "1"}, "there are certification, "),
        ({"with_genres": "Dramma"}, "did you mean 'drama'"),
        ({"with_genres": "xyz"}, "there are action, adventure"),
        ({"with_genres": "17"}, "none with the id 17"),
        ({"with_genres": "18,"}, "with_genres: '18,' is not"),
        ({"with_original_language": "en-US"}, "two small letters, like 'en'"),
        ({"with_original_language": "English"}, "two small letters"),
        ({"region": "Germany"}, "ISO 3166-1"),
        ({"with_runtime.gte": "long"}, "a number from 0"),
        ({"vote_average.gte": 11}, "a number from 0 to 10"),
        ({"vote_average.gte": "nan"}, "a number from 0 to 10"),
        ({"with_people": "Brad Pitt"}, "TMDB ids"),
        ({"with_release_type": "7", "region": "US"}, "of 1, 2, 3, 4, 5, 6"),
        ({"release_date.gte": "20240229"}, "a day like"),
        ({"primary_release_year": 2024}, "the first and last year"),
        ({"vote_count.gte": 10}, "min_vote_count"),
        ({"certification": "PG"}, "certification_country"),
        ({"with_watch_providers": "8"}, "watch_region"),
        ({"with_watch_monetization_types": "rent"}, "watch_region"),
        ({"with_release_type": "3"}, "region or release_date"),
    ],
)
def test_what_tmdb_would_ignore_without_a_word_is_refused(filters: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        checked(filters)


def test_what_a_filter_needs_may_be_given_beside_it() -> None:
    given = {"with_watch_providers": "8|9", "watch_region": "us", "with_release_type": "2|3", "region": "us"}
    assert dict(checked(given)) == given | {"watch_region": "US", "region": "US"}


def test_the_same_filters_are_the_same_in_any_order_and_empty_ones_are_none() -> None:
    assert checked({"region": "US", "year": 2020}) == checked({"year": 2020, "with_cast": "", "region": "us"})


def test_a_day_is_not_cut_by_genres_when_genres_are_asked_for() -> None:
    assert may_split_by_genre(checked({"region": "US"}))
    assert not may_split_by_genre(checked({"with_genres": "18"}))
    assert not may_split_by_genre(checked({"without_genres": "18"}))


def test_only_a_region_changes_the_dates_of_rows() -> None:
    assert dates_are_regional(checked({"region": "US"}))
    assert not dates_are_regional(checked({"watch_region": "US"}))


def test_every_genre_that_ranges_are_cut_by_has_a_name() -> None:
    assert set(GENRES) <= set(GENRE_IDS.values())


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("with_genres", "war & politics|Sci-Fi,soap", "10768|10765,10766"),
        ("with_status", "0|Ended", "0|3"),
        ("with_type", "talk show", "5"),
        ("with_networks", 49, "49"),
        ("screened_theatrically", "true", "true"),
        ("timezone", "America/New_York", "America/New_York"),
        ("air_date.gte", "2024-02-29", "2024-02-29"),
    ],
)
def test_a_filter_of_series_is_sent_as_tmdb_takes_it(name: str, value: object, sent: str) -> None:
    assert checked({name: value}, SERIES) == ((name, sent),)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"with_people": "287"}, "no filter 'with_people'"),
        ({"with_genres": "thriller"}, "there are action & adventure"),
        ({"with_status": "6"}, "none with the id 6"),
        ({"with_networks": "49|213"}, "one TMDB id"),
        ({"screened_theatrically": "yes"}, "true, false"),
        ({"first_air_date_year": 2024}, "the first and last year"),
        ({"include_null_first_air_dates": "true"}, "the export names those"),
        ({"with_watch_providers": "8"}, "watch_region"),
    ],
)
def test_what_tmdb_would_ignore_of_series_is_refused(filters: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("|", r"\|")):
        checked(filters, SERIES)
