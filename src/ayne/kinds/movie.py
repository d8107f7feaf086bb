"""Films: a row of ``/discover/movie`` is a summary, an answer of ``/movie/{id}`` the details.

Source: https://developer.themoviedb.org/reference/movie-details
"""

# Pure: values in, values out.

from __future__ import annotations

from ayne.kinds.column import Column
from ayne.kinds.filters import Check, an_id, any_text, country, day, language, listed, number, one_named, one_of
from ayne.kinds.kind import Discover, Kind
from ayne.kinds.objects import Collection, Genre, ProductionCompany, ProductionCountry, SpokenLanguage
from ayne.kinds.part import (
    ID,
    PAGE,
    Part,
    itself,
    lists_of_countries,
    one_list,
    providers,
    ranked,
    several_lists,
)
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

_IMAGE = "To be appended to an image base URL"
_COUNTRY = "ISO 3166-1 code"
_LANGUAGE = "ISO 639-1 code"

_COLUMNS = (
    Column("tmdb_id", INTEGER, "TMDB's id of the film", key="id"),
    Column("imdb_id", IMDB_ID, "IMDb's id: tt and seven digits or more"),
    Column("title", TEXT, "Title in the language asked for", in_summary=True),
    Column("original_title", TEXT, "Title in the original language", in_summary=True),
    Column("original_language", TEXT, "ISO 639-1, with TMDB's own xx (none) and cn (Cantonese)", in_summary=True),
    Column("overview", TEXT, "Summary of the plot", in_summary=True),
    Column("tagline", TEXT, "Advertising line"),
    Column("status", TEXT, "Rumored, Planned, In Production, Post Production, Released or Canceled"),
    Column("release_date", DAY, "Primary release date", in_summary=True),
    Column("runtime", MINUTES, "Minutes"),
    Column("budget", DOLLARS, "US dollars, as entered by users"),
    Column("revenue", DOLLARS, "US dollars, as entered by users"),
    Column("genre_ids", _GENRES.each("id", "BIGINT[]"), "TMDB's ids of the genres", key="genres", in_summary=IDS),
    Column(
        "genres", _GENRES.each("name", "VARCHAR[]"), "Names of the genres, in the order of genre_ids; from the details"
    ),
    Column(
        "production_company_ids",
        _COMPANIES.each("id", "BIGINT[]"),
        "TMDB's ids of the companies",
        key="production_companies",
    ),
    Column(
        "production_companies",
        _COMPANIES.each("name", "VARCHAR[]"),
        "Names of the companies, in the order of production_company_ids",
    ),
    Column("production_countries", _COUNTRIES.each("iso_3166_1", "VARCHAR[]"), "ISO 3166-1 codes"),
    Column("spoken_languages", _LANGUAGES.each("iso_639_1", "VARCHAR[]"), "ISO 639-1 codes"),
    Column("origin_country", TEXTS, "ISO 3166-1 codes; not the same as production_countries"),
    Column(
        "collection_id",
        _COLLECTION.inner("id", "BIGINT"),
        "TMDB's id of the series the film belongs to",
        key="belongs_to_collection",
    ),
    Column("collection_name", _COLLECTION.inner("name", "VARCHAR"), "Name of that series", key="belongs_to_collection"),
    Column("vote_average", AVERAGE, "0.5 to 10, NULL when nobody voted", in_summary=True),
    Column("vote_count", INTEGER, "Number of votes", in_summary=True),
    Column("popularity", NUMBER, "TMDB's score; its scale has changed over the years", in_summary=True),
    Column("adult", FLAG, "TMDB's flag for adult films", in_summary=True),
    Column("video", FLAG, "TMDB's flag for compilations, concerts and the like", in_summary=True),
    Column("softcore", FLAG, "TMDB's flag, sent since 2026", in_summary=True),
    Column("homepage", TEXT, "Address of the film's site"),
    Column("poster_path", TEXT, _IMAGE, in_summary=True),
    Column("backdrop_path", TEXT, _IMAGE, in_summary=True),
)

_PERSON = (
    Column("person_id", INTEGER, "TMDB's id of the person", key="id", needed=True),
    Column("name", TEXT, "Name of the person"),
    Column("original_name", TEXT, "Name in the person's own script"),
)


def _other_films(table: str, comment: str) -> Part:
    """Another film: its place in the list and enough to recognise it; the rest is its own row's business."""
    columns = (
        Column("other_id", INTEGER, "TMDB's id of the other film", key="id", needed=True),
        Column("title", TEXT, "Its title"),
        Column("release_date", DAY, "Its primary release date"),
    )
    kept = {column.key for column in columns}
    said_there = {column.name for column in _COLUMNS if column.in_summary} | {"media_type"}
    return Part(
        table,
        comment,
        ranked,
        columns,
        above=(Column("rank", SMALL_INTEGER, "Place in the list, from 1", needed=True),),
        key=("other_id",),
        order=("rank", "other_id"),
        ignored=frozenset(said_there - kept),
    )


_PARTS = {
    "alternative_titles": Part(
        "alternative_titles",
        "Other titles of a film",
        one_list("titles"),
        (
            Column("country", TEXT, _COUNTRY, key="iso_3166_1"),
            Column("title", TEXT, "The title", needed=True),
            Column("type", TEXT, "What sort of title, in free words"),
        ),
        key=("country", "title", "type"),
    ),
    "credits": Part(
        "credits",
        "Who did what in a film; a person has a row for each job",
        several_lists(cast="cast", crew="crew"),
        (
            Column("credit_id", TEXT, "What makes the row itself; NULL in answers from before 2018"),
            *_PERSON,
            Column("department", TEXT, "Directing, Writing…; NULL for the cast"),
            Column("job", TEXT, "Director, Screenplay…; NULL for the cast"),
            Column("character", TEXT, "Whom they play; NULL for the crew"),
            Column("billing", SMALL_INTEGER, "Place in the cast, from 0; NULL for the crew", key="order"),
            Column("cast_id", INTEGER, "TMDB's number of the role within the film"),
            Column("gender", SMALL_INTEGER, "0 not set, 1 female, 2 male, 3 non-binary"),
            Column("known_for_department", TEXT, "The department the person is best known for"),
            Column("popularity", NUMBER, "TMDB's score of the person"),
            Column("adult", FLAG, "TMDB's flag of the person"),
            Column("profile_path", TEXT, _IMAGE),
        ),
        above=(Column("kind", TEXT, "cast or crew", needed=True),),
        # A person stands there once for each job. Bodies from before 2018 have no credit_id.
        key=("credit_id",),
        order=("kind", "billing", "credit_id", "person_id", "department", "job"),
    ),
    "external_ids": Part(
        "external_ids",
        "A film's ids elsewhere, one row a film",
        itself,
        (
            Column("imdb_id", IMDB_ID, "IMDb: tt and seven digits or more"),
            Column("wikidata_id", TEXT, "Wikidata: Q and digits"),
            Column("facebook_id", TEXT, "Facebook"),
            Column("instagram_id", TEXT, "Instagram"),
            Column("twitter_id", TEXT, "Twitter"),
        ),
        ignored=ID,
    ),
    "images": Part(
        "images",
        "Which pictures there are of a film; the pictures themselves are not fetched",
        several_lists(backdrops="backdrop", logos="logo", posters="poster"),
        (
            Column("file_path", TEXT, _IMAGE, needed=True),
            Column("language", LANGUAGE, "ISO 639-1 code of the writing on it, NULL for none", key="iso_639_1"),
            Column("country", TEXT, _COUNTRY, key="iso_3166_1"),
            Column("width", SMALL_INTEGER, "Pixels"),
            Column("height", SMALL_INTEGER, "Pixels"),
            Column("aspect_ratio", NUMBER, "Width by height"),
            Column("vote_average", AVERAGE, "NULL when nobody voted"),
            Column("vote_count", INTEGER, "Number of votes"),
        ),
        above=(Column("kind", TEXT, "backdrop, logo or poster", needed=True),),
        key=("kind", "file_path"),
    ),
    "keywords": Part(
        "keywords",
        "Keywords of a film",
        one_list("keywords"),
        (
            Column("keyword_id", INTEGER, "TMDB's id of the keyword", key="id", needed=True),
            Column("keyword", TEXT, "The keyword, in English", key="name"),
        ),
        key=("keyword_id",),
    ),
    "recommendations": _other_films(
        "recommendations", "Films that TMDB recommends to those who liked a film; the first twenty"
    ),
    "release_dates": Part(
        "release_dates",
        "When a film came out, by country and type",
        lists_of_countries("release_dates"),
        (
            Column(
                "released_at", MOMENT, "As TMDB has it, nearly always midnight UTC", key="release_date", needed=True
            ),
            Column("type", SMALL_INTEGER, "1 premiere, 2 limited, 3 theatrical, 4 digital, 5 physical, 6 TV"),
            Column("certification", TEXT, "Age rating in that country, like PG-13"),
            Column("language", LANGUAGE, _LANGUAGE, key="iso_639_1"),
            Column("note", TEXT, "What users wrote beside it"),
            Column("descriptors", TEXTS, "Reasons for the rating"),
        ),
        above=(Column("country", TEXT, _COUNTRY, needed=True),),
        key=("country", "released_at", "type", "certification", "language", "note"),
    ),
    "reviews": Part(
        "reviews",
        "What users of TMDB wrote about a film; the first twenty reviews",
        one_list("results", PAGE, inner="author_details"),
        (
            Column("review_id", TEXT, "TMDB's id of the review", key="id", needed=True),
            Column("author", TEXT, "As shown above the review"),
            Column("author_name", TEXT, "The name the author gave", key="author_details.name"),
            Column("username", TEXT, "The author's account", key="author_details.username"),
            Column("avatar_path", TEXT, _IMAGE, key="author_details.avatar_path"),
            Column("rating", NUMBER, "0.5 to 10, NULL when the author gave none", key="author_details.rating"),
            Column("content", TEXT, "The review"),
            Column("created_at", MOMENT, "UTC"),
            Column("updated_at", MOMENT, "UTC"),
            Column("url", TEXT, "Its address"),
        ),
        key=("review_id",),
    ),
    "similar": _other_films("similar_movies", "Films that share keywords and genres with a film; the first twenty"),
    "translations": Part(
        "translations",
        "What a film's texts are in other languages",
        one_list("translations", inner="data"),
        (
            Column("language", TEXT, _LANGUAGE, key="iso_639_1", needed=True),
            Column("country", TEXT, _COUNTRY, key="iso_3166_1"),
            Column("name", TEXT, "The language's own name"),
            Column("english_name", TEXT, "The language's English name"),
            Column("title", TEXT, "NULL when it is not translated: the original title applies", key="data.title"),
            Column("overview", TEXT, "Summary of the plot", key="data.overview"),
            Column("tagline", TEXT, "Advertising line", key="data.tagline"),
            Column("homepage", TEXT, "Address of the film's site", key="data.homepage"),
            Column("runtime", MINUTES, "Minutes", key="data.runtime"),
        ),
        key=("language", "country"),
    ),
    "videos": Part(
        "videos",
        "Trailers, clips and the like, on other sites",
        one_list("results"),
        (
            Column("video_id", TEXT, "TMDB's id of the video", key="id", needed=True),
            Column("name", TEXT, "Its name"),
            Column("site", TEXT, "YouTube or Vimeo"),
            Column("key", TEXT, "Its id on that site"),
            Column("type", TEXT, "Trailer, Teaser, Clip, Featurette…"),
            Column("size", SMALL_INTEGER, "Lines: 360, 480, 720, 1080, 2160"),
            Column("official", FLAG, "Whether it comes from the film's makers"),
            Column("language", LANGUAGE, _LANGUAGE, key="iso_639_1"),
            Column("country", TEXT, _COUNTRY, key="iso_3166_1"),
            Column("published_at", MOMENT, "UTC"),
        ),
        key=("video_id",),
    ),
    "watch/providers": Part(
        "watch_providers",
        "Where a film can be watched. The data come from JustWatch, which must be credited",
        providers,
        (
            Column("provider_id", INTEGER, "TMDB's id of the provider", needed=True),
            Column("provider", TEXT, "Name of the provider", key="provider_name"),
            Column("display_priority", SMALL_INTEGER, "Order in which TMDB shows providers"),
            Column("logo_path", TEXT, _IMAGE),
        ),
        above=(
            Column("country", TEXT, _COUNTRY, needed=True),
            Column("kind", TEXT, "flatrate, rent, buy, ads or free; TMDB may add others", needed=True),
            Column("link", TEXT, "TMDB's page of all offers in that country"),
        ),
        key=("country", "kind", "provider_id"),
    ),
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
    ),
    changes="/movie/changes",
    exports=("movie_ids", "adult_movie_ids"),
    by_imdb_id=True,
    title="title",
    day="release_date",
    votes="vote_count",
    popularity="popularity",
    genres="genre_ids",
    status="status",
    adult="adult",
    video="video",
    imdb_id="imdb_id",
)
