"""What a text says of a film, and which columns of a table hold ids."""

from __future__ import annotations

import pytest

from ayne.data_collection.given_columns import NoIdColumn, id_columns
from ayne.data_collection.given_ids import read_id

FILM, TITLE = (550, None), (None, "tt0137523")


@pytest.mark.parametrize(
    "text",
    [
        *("550", " 550 ", "\ufeff550", '"550"', "'550", '="550"', "550.0", "550.", "<550>", "0550", "550\r"),
        *("https://www.themoviedb.org/movie/550", "http://themoviedb.org/movie/550-fight-club"),
        *("https://www.themoviedb.org/movie/550-fight-club?language=de-DE", "www.themoviedb.org/movie/550/cast#top"),
        *("https://www.themoviedb.org/de/movie/550", "//www.themoviedb.org/pt-BR/movie/550-clube"),
        *("/movie/550", "movie/550", "themoviedb.org/movie/550"),
        *("https://api.themoviedb.org/3/movie/550?language=en", "<https://www.themoviedb.org/movie/550>"),
        *("tmdb://550", "com.plexapp.agents.themoviedb://550?lang=en", "imdb://tt0137523;tmdb://550;tvdb://12"),
        *("Fight Club (1999) {tmdb-550}", "Fight Club (1999) [tmdbid-550]", "tmdb:550"),
    ],
)  # fmt: skip
def test_a_film_is_named_by_tmdbs_id_however_it_is_written(text: str) -> None:
    found = read_id(text)
    assert (found.tmdb_id, found.imdb_id) == FILM
    assert (found.text, found.outcome) == (text, "waiting")


@pytest.mark.parametrize(
    "text",
    [
        *("tt0137523", " TT0137523 ", '="tt0137523"', "tt137523", "tt00137523", "tt0137523/", "\u200btt0137523"),
        *("https://www.imdb.com/title/tt0137523/", "m.imdb.com/title/tt0137523", "http://imdb.com/title/tt0137523?ref_=x"),
        *("https://www.imdb.com/title/tt0137523/ratings?ref=fn", "https://www.imdb.com/de/title/tt0137523/"),
        *("imdb://tt0137523", "com.plexapp.agents.imdb://tt0137523?lang=en", "Fight Club {imdb-tt0137523}"),
    ],
)  # fmt: skip
def test_a_film_is_named_by_imdbs_id_however_it_is_written(text: str) -> None:
    found = read_id(text)
    assert (found.tmdb_id, found.imdb_id) == TITLE


@pytest.mark.parametrize("text", ["0137523", "137523", "137523.0", "00137523", '="0137523"'])
def test_a_bare_number_in_a_column_of_imdbs_lacks_only_tt_and_zeros(text: str) -> None:
    assert read_id(text, "imdb").imdb_id == "tt0137523"


def test_the_newest_ids_of_imdb_have_eight_digits() -> None:
    assert read_id("23786990", "imdb").imdb_id == "tt23786990"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("https://www.themoviedb.org/tv/1396-breaking-bad", "a series"),
        ("themoviedb.org/tv/1396/season/1/episode/2?language=de", "a series"),
        ("https://www.themoviedb.org/person/287-brad-pitt", "a person"),
        ("https://www.imdb.com/name/nm0000093/?ref_=tt", "a person"),
        ("nm0000093", "a person"),
        ("https://www.themoviedb.org/collection/10-star-wars", "a collection of films"),
        ("https://www.themoviedb.org/company/7505", "a company"),
        ("https://www.imdb.com/list/ls012345678/", "a list"),
    ],
)
def test_an_address_of_something_else_is_told_as_what_it_is(text: str, what: str) -> None:
    found = read_id(text)
    assert (found.outcome, found.message) == ("not a film", what)
    assert (found.tmdb_id, found.imdb_id) == (None, None)


@pytest.mark.parametrize(
    "text", ["", " ", "\ufeff", "NaN", "nan", "None", "null", r"\N", "<NA>", "N/A", "0", "0.0", '""']
)
def test_what_stands_for_nothing_is_no_id(text: str) -> None:
    assert (read_id(text).outcome, read_id(text).message) == ("unreadable", "there is no id")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,234", "no id of TMDB or IMDb"),
        ("1.234", "no id of TMDB or IMDb"),
        ("1 234", "no id of TMDB or IMDb"),
        ("-550", "no id of TMDB or IMDb"),
        ("5.5e2", "no id of TMDB or IMDb"),
        ("550x", "no id of TMDB or IMDb"),
        ("\u0665\u0665\u0660", "no id of TMDB or IMDb"),
        ("tt0137523 tt0137524", "no id of TMDB or IMDb"),
        ("tt013752300000", "no id of TMDB or IMDb"),
        ("99999999999", "larger than any id"),
        ("1997-08-20", "no id of TMDB or IMDb"),
        ("https://boxd.it/2aHi", "an address at boxd.it"),
        ("letterboxd.com/film/fight-club/", "an address at letterboxd.com"),
        ("https://evil.example/movie/550", "an address at evil.example"),
        ("https://www.themoviedb.org/movie/", "an address at www.themoviedb.org"),
        ("plex://movie/5d7768", "no id of TMDB or IMDb"),
    ],
)  # fmt: skip
def test_of_anything_else_the_reason_is_kept(text: str, why: str) -> None:
    found = read_id(text)
    assert (found.tmdb_id, found.imdb_id, found.outcome) == (None, None, "unreadable")
    assert why in (found.message or "")


def test_a_long_text_is_told_in_short() -> None:
    assert len(read_id("x" * 10_000).message or "") < 150


KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        f"https://api.themoviedb.org/3/movie/550?api_key={KEY}&language=de",
        "https://www.omdbapi.com/?apikey=0123abcd&i=tt0137523",
        f"TMDB_API_KEY={KEY}",
        "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiIwIn0.c2ln",
    ],
)
def test_a_key_in_a_list_is_not_kept_or_told(text: str) -> None:
    found = read_id(text)
    with pytest.raises(NoIdColumn) as refused:
        id_columns([text], [])
    for told in (found.text, found.message or "", str(refused.value)):
        assert not any(part in told for part in (KEY, "0123abcd", "c2ln"))
    assert found.tmdb_id == (550 if "movie/550" in text else None)


# --- tables -----------------------------------------------------------------------------------------------------------


def chosen(names: str, *rows: str, wanted: str | None = None) -> str:
    columns = names.split(",")
    return str(id_columns(columns, [dict(zip(columns, row.split(","), strict=True)) for row in rows], wanted))


def test_both_columns_are_used_tmdbs_first() -> None:
    assert chosen("movieId,imdbId,tmdbId", "1,0114709,862") == "tmdbId (TMDB's), then imdbId (IMDb's)"


@pytest.mark.parametrize("name", ["tmdbId", "tmdb_id", "TMDb ID", "TMDB", "movie.ids.tmdb", "ProviderIds.Tmdb"])
def test_a_column_of_tmdbs_ids_is_known_by_its_name(name: str) -> None:
    assert chosen(f"id,{name}", "7,550") == f"{name} (TMDB's)"


@pytest.mark.parametrize("name", ["imdbId", "imdb_id", "IMDb ID", "Const", "tconst", "imdbID", "imdb_title_id"])
def test_a_column_of_imdbs_ids_is_known_by_its_name(name: str) -> None:
    assert chosen(f"id,{name}", "7,0137523") == f"{name} (IMDb's)"


def test_id_is_tmdbs_only_beside_columns_of_tmdbs() -> None:
    assert chosen("id,original_title,vote_average", "550,Fight Club,8.4") == "id (TMDB's)"
    with pytest.raises(NoIdColumn, match="It has id, name, year: name the one with --id-column"):
        chosen("id,name,year", "550,Fight Club,1999")


def test_a_column_of_averages_is_not_taken_for_ids() -> None:
    rows = ("tt0137523,8.8,8.4", "tt0133093,8.7,8.2", "tt0000001,9.0,8.0")
    assert chosen("link,imdb,tmdb", *rows) == "link (TMDB's)"
    assert chosen("imdb_id,ratings.imdb", "tt0137523,9") == "imdb_id (IMDb's)"


def test_ids_of_what_a_film_is_part_of_are_not_its_own() -> None:
    assert chosen("tmdbId,collection.tmdbId", ",10", "550,11") == "tmdbId (TMDB's)"
    assert chosen("movie.ids.tmdb,movie.cast.ids.tmdb", "550,287") == "movie.ids.tmdb (TMDB's)"


def test_a_column_whose_texts_can_be_nothing_but_ids_is_found() -> None:
    assert chosen("what,where", "Fight Club,https://www.imdb.com/title/tt0137523/") == "where (TMDB's)"


def test_a_column_of_ids_may_be_empty_in_the_rows_that_were_looked_at() -> None:
    assert chosen("tmdbId,imdbId", ",", ",") == "tmdbId (TMDB's), then imdbId (IMDb's)"


def test_the_column_that_is_asked_for_is_used_whatever_case_it_is_written_in() -> None:
    assert chosen("MyFilm,tmdbId", "550,551", wanted="my_film") == "MyFilm (TMDB's)"
    assert chosen("IMDB,x", "0137523,1", wanted="imdb") == "IMDB (IMDb's)"
    with pytest.raises(NoIdColumn, match=r"it has no column .film.\. It has MyFilm, tmdbId"):
        chosen("MyFilm,tmdbId", "550,551", wanted="film")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("Date,Name,Year,Letterboxd URI", "it is an export of Letterboxd"),
        ("Letterboxd list export v7", "it is an export of Letterboxd"),
        ("movieId,title,genres", "its movieId is MovieLens' own number. Collect links.csv"),
        ("userId,movieId,rating,timestamp", "its movieId is MovieLens' own number. Collect links.csv"),
        ("Fight Club", "its first line, Fight Club, is no id"),
    ],
)
def test_a_table_that_has_ids_of_its_own_maker_alone_is_refused_with_advice(names: str, said: str) -> None:
    with pytest.raises(NoIdColumn, match=said):
        chosen(names)


def read(names: str, *rows: str) -> list[tuple[int | None, str | None, str]]:
    columns = names.split(",")
    table = [dict(zip(columns, row.split(","), strict=True)) for row in rows]
    found = id_columns(columns, table)
    return [(given.tmdb_id, given.imdb_id, given.outcome) for given in map(found.read, table)]


def test_imdbs_id_stands_in_where_tmdbs_is_missing_or_unreadable() -> None:
    assert read("imdbId,tmdbId", "0114709,862", "0114710,", "0114711,?", ",") == [
        (862, None, "waiting"),
        (None, "tt0114710", "waiting"),
        (None, "tt0114711", "waiting"),
        (None, None, "unreadable"),
    ]


@pytest.mark.parametrize("kind", ["tvSeries", "TV Series", "tvEpisode", "TV Mini Series", "tv", "show", "Series"])
def test_a_row_that_says_so_is_a_series(kind: str) -> None:
    assert read("Const,Title Type", f"tt0903747,{kind}") == [(None, None, "not a film")]


@pytest.mark.parametrize("kind", ["movie", "Movie", "short", "TV Movie", "tvSpecial", "Video", ""])
def test_other_rows_may_be_films(kind: str) -> None:
    assert read("Const,Title Type", f"tt0137523,{kind}") == [(None, "tt0137523", "waiting")]


def test_a_row_that_says_so_is_a_person() -> None:
    assert read("type,movie.ids.tmdb,person.ids.tmdb", "movie,550,", "person,,287")[1] == (None, None, "not a film")


def test_what_has_only_a_series_ids_is_a_series() -> None:
    assert read("movie.ids.tmdb,show.ids.tmdb", "550,", ",1396") == [(550, None, "waiting"), (None, None, "not a film")]
