"""Films: their columns (``_COLUMNS``), their parts (``_PARTS``), and where TMDB tells of them.

A row of ``/discover/movie`` is a summary, an answer of ``/movie/{id}`` the details. A new column also stands in the
typed records, ``data_collection/tmdb/models.py``; a test compares them.

Source: https://developer.themoviedb.org/reference/movie-details
"""

# Pure: values in, values out.

from __future__ import annotations

from ayne.kinds import part_shapes
from ayne.kinds.column import Column
from ayne.kinds.filters import Check, an_id, any_text, country, day, language, listed, number, one_named, one_of
from ayne.kinds.kind import Discover, Kind, Named
from ayne.kinds.objects import Collection, Genre, ProductionCompany, ProductionCountry, SpokenLanguage
from ayne.kinds.part import ID, Part, itself, lists_of_countries, one_list
from ayne.kinds.part_shapes import COUNTRY_CODE, IMAGE, LANGUAGE_CODE
from ayne.kinds.readers import (
    AVERAGE,
    DAY,
    DOLLARS,
    FLAG,
    IDS,
    IMDB_ID,
    INTEGER,
    LANGUAGE,
    MINUTES,
    MOMENT,
    NUMBER,
    SMALL_INTEGER,
    TEXT,
    TEXTS,
    list_of,
    one,
)

_GENRES = list_of(Genre)
_COMPANIES = list_of(ProductionCompany)
_COUNTRIES = list_of(ProductionCountry)
_LANGUAGES = list_of(SpokenLanguage)
_COLLECTION = one(Collection)

_COLUMNS = (
    Column("tmdb_id", INTEGER, "TMDB's id of the film", key="id"),
    Column("imdb_id", IMDB_ID, "IMDb's id: tt and seven digits or more"),
    Column("title", TEXT, "Title in the requested language", in_summary=True),
    Column("original_title", TEXT, "Title in the original language", in_summary=True),
    Column(
        "original_language", TEXT, "ISO 639-1 code; TMDB also uses xx (no language) and cn (Cantonese)", in_summary=True
    ),
    Column("overview", TEXT, "Summary of the plot", in_summary=True),
    Column("tagline", TEXT, "Advertising line"),
    Column("status", TEXT, "Rumored, Planned, In Production, Post Production, Released or Canceled"),
    Column("release_date", DAY, "Primary release date", in_summary=True),
    Column("runtime", MINUTES, "Minutes"),
    Column("budget", DOLLARS, "US dollars, as entered by users"),
    Column("revenue", DOLLARS, "US dollars, as entered by users"),
    Column("genre_ids", _GENRES.each("id", "BIGINT[]"), "TMDB's ids of the genres", key="genres", in_summary=IDS),
    Column(
        "genres",
        _GENRES.each("name", "VARCHAR[]"),
        "Names of the genres, in the order of genre_ids; only details have them",
    ),
    Column(
        "production_company_ids",
        _COMPANIES.each("id", "BIGINT[]"),
        "TMDB's ids of the production companies",
        key="production_companies",
    ),
    Column(
        "production_companies",
        _COMPANIES.each("name", "VARCHAR[]"),
        "Names of the production companies, in the order of production_company_ids",
    ),
    Column("production_countries", _COUNTRIES.each("iso_3166_1", "VARCHAR[]"), "ISO 3166-1 codes"),
    Column("spoken_languages", _LANGUAGES.each("iso_639_1", "VARCHAR[]"), "ISO 639-1 codes"),
    Column(
        "origin_country", TEXTS, "ISO 3166-1 codes of the countries it comes from; may differ from production_countries"
    ),
    Column(
        "collection_id",
        _COLLECTION.inner("id", "BIGINT"),
        "TMDB's id of the collection the film belongs to",
        key="belongs_to_collection",
    ),
    Column(
        "collection_name", _COLLECTION.inner("name", "VARCHAR"), "Name of that collection", key="belongs_to_collection"
    ),
    Column("vote_average", AVERAGE, "0.5 to 10, NULL when nobody voted", in_summary=True),
    Column("vote_count", INTEGER, "Number of votes", in_summary=True),
    Column("popularity", NUMBER, "TMDB's popularity score; its scale has changed over the years", in_summary=True),
    Column("adult", FLAG, "TMDB's flag for adult films", in_summary=True),
    Column("video", FLAG, "TMDB's flag for compilations, concerts and the like", in_summary=True),
    Column("softcore", FLAG, "TMDB's flag for softcore films; sent since 2026", in_summary=True),
    Column("homepage", TEXT, "Address of the film's site"),
    Column("poster_path", TEXT, IMAGE, in_summary=True),
    Column("backdrop_path", TEXT, IMAGE, in_summary=True),
)


def _other_films(table: str, comment: str) -> Part:
    """Another film: its place in the list and enough to recognise it; the rest is its own row's business."""
    columns = (
        Column("other_id", INTEGER, "TMDB's id of the other film", key="id", needed=True),
        Column("title", TEXT, "Title of the other film"),
        Column("release_date", DAY, "Primary release date of the other film"),
    )
    return part_shapes.others(table, comment, columns, (column.name for column in _COLUMNS if column.in_summary))


_PARTS = {
    "alternative_titles": part_shapes.alternative_titles("alternative_titles", "film", one_list("titles")),
    "credits": part_shapes.credits_of_titles(
        "credits",
        "Who did what in a film; a person has a row for each job",
        Column("cast_id", INTEGER, "TMDB's number of the role within the film"),
    ),
    "external_ids": Part(
        "external_ids", "A film's ids on other sites, one row a film", itself, part_shapes.IDS_ELSEWHERE, ignored=ID
    ),
    "images": part_shapes.images("images", "a film", backdrops="backdrop", logos="logo", posters="poster"),
    "keywords": part_shapes.keywords("keywords", "film", one_list("keywords")),
    "recommendations": _other_films(
        "recommendations", "Films that TMDB recommends to those who liked a film; the first twenty"
    ),
    "release_dates": Part(
        "release_dates",
        "When a film came out, by country and type",
        lists_of_countries("release_dates"),
        (
            Column(
                "released_at",
                MOMENT,
                "Day and time of release, nearly always midnight UTC",
                key="release_date",
                needed=True,
            ),
            Column("type", SMALL_INTEGER, "1 premiere, 2 limited, 3 theatrical, 4 digital, 5 physical, 6 TV"),
            Column("certification", TEXT, "Age rating in that country, like PG-13"),
            Column("language", LANGUAGE, LANGUAGE_CODE, key="iso_639_1"),
            Column("note", TEXT, "Note that TMDB's users added"),
            Column("descriptors", TEXTS, "Reasons for the rating"),
        ),
        above=(Column("country", TEXT, COUNTRY_CODE, needed=True),),
        key=("country", "released_at", "type", "certification", "language", "note"),
    ),
    "reviews": part_shapes.reviews("reviews", "film"),
    "similar": _other_films("similar_movies", "Films that share keywords and genres with a film; the first twenty"),
    "translations": part_shapes.translations(
        "translations", "film", "title", Column("runtime", MINUTES, "Minutes", key="data.runtime")
    ),
    "videos": part_shapes.videos("videos", "film"),
    "watch/providers": part_shapes.watch_providers("watch_providers", "film"),
}

# What lists can be sorted by, upwards or downwards.
_SORTS = (
    "original_title",
    "popularity",
    "primary_release_date",
    "revenue",
    "title",
    "vote_average",
    "vote_count",
)

# https://developer.themoviedb.org/reference/genre-movie-list, in English.
GENRE_IDS = {
    "action": 28,
    "adventure": 12,
    "animation": 16,
    "comedy": 35,
    "crime": 80,
    "documentary": 99,
    "drama": 18,
    "family": 10751,
    "fantasy": 14,
    "history": 36,
    "horror": 27,
    "music": 10402,
    "mystery": 9648,
    "romance": 10749,
    "science fiction": 878,
    "thriller": 53,
    "tv movie": 10770,
    "war": 10752,
    "western": 37,
}
# By how evenly they part a list of films.
GENRES = (18, 35, 99, 53, 10749, 28, 27, 80, 16, 10751, 12, 878, 14, 9648, 10402, 36, 10752, 10770, 37)
_GENRES_ALSO_CALLED = {"sci-fi": "science fiction", "scifi": "science fiction", "documentaries": "documentary"}

_GENRE = one_named(GENRE_IDS, _GENRES_ALSO_CALLED, "genre")

# Source: https://developer.themoviedb.org/reference/discover-movie
_FILTERS: dict[str, Check] = {
    **dict.fromkeys(("certification", "certification.gte", "certification.lte"), any_text),
    **dict.fromkeys(("certification_country", "region", "watch_region"), country),
    **dict.fromkeys(("release_date.gte", "release_date.lte"), day),
    **dict.fromkeys(("vote_average.gte", "vote_average.lte"), number(0, 10)),
    **dict.fromkeys(("with_cast", "with_crew", "with_people"), listed(an_id)),
    **dict.fromkeys(("with_companies", "without_companies"), listed(an_id)),
    **dict.fromkeys(("with_keywords", "without_keywords"), listed(an_id)),
    **dict.fromkeys(("with_watch_providers", "without_watch_providers"), listed(an_id)),
    **dict.fromkeys(("with_genres", "without_genres"), listed(_GENRE)),
    "with_origin_country": listed(country),
    "with_original_language": listed(language),
    "with_release_type": listed(one_of("1", "2", "3", "4", "5", "6")),
    **dict.fromkeys(("with_runtime.gte", "with_runtime.lte"), number(0, 100_000)),
    "with_watch_monetization_types": listed(one_of("flatrate", "free", "ads", "rent", "buy")),
    "year": number(1870, 2200),
}

# Without the second TMDB ignores the first.
_NEEDS = {
    **dict.fromkeys(("certification", "certification.gte", "certification.lte"), ("certification_country",)),
    **dict.fromkeys(("with_watch_providers", "without_watch_providers"), ("watch_region",)),
    "with_watch_monetization_types": ("watch_region",),
    "with_release_type": ("region", "release_date.gte", "release_date.lte"),
}

MOVIE = Kind(
    name="movie",
    noun="film",
    plural="films",
    table="movies",
    live="films",
    history="movie_history",
    as_of="film_as_of",
    comment="One row a film. Unknown is NULL: TMDB writes 0 or an empty text. Times are UTC.",
    columns=_COLUMNS,
    tracked=("vote_count", "vote_average", "popularity", "revenue", "budget", "status"),
    parts=_PARTS,
    # Of these two nothing is read: edits of the last day, and the lists of users that a film is on.
    untyped_parts=("changes", "lists"),
    old_parts=("account_states", "casts", "releases", "trailers"),
    discover=Discover(
        "/discover/movie",
        dates="primary_release_date",
        sorts=_SORTS,
        titles="original_title",
        flags=("include_adult", "include_video"),
        filters=_FILTERS,
        needs=_NEEDS,
        elsewhere={"primary_release_year": "the first and last year"},
        genres=GENRES,
    ),
    changes="/movie/changes",
    exports=("movie_ids", "adult_movie_ids"),
    names=(
        Named("person", "person_id", part="credits"),
        Named("collection", "collection_id"),
        Named("company", "production_company_ids"),
        Named("keyword", "keyword_id", part="keywords"),
    ),
    by_imdb_id=True,
    found="movie",
    title="title",
    day="release_date",
    votes="vote_count",
    popularity="popularity",
    genres="genre_ids",
    status="status",
    adult="adult",
    video="video",
    imdb_id="imdb_id",
    # Whose novel or characters a film goes back to did not write the film.
    roles={"director": ("Director",), "writer": ("Writer", "Screenplay", "Story", "Teleplay"), "cast": ()},
)
