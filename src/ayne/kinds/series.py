"""Series: their columns (``_COLUMNS``), their parts (``_PARTS``), and where TMDB tells of them.

A row of ``/discover/tv`` is a summary, an answer of ``/tv/{id}`` the details. A new column also stands in the typed
records, ``data_collection/tmdb/series_models.py``; a test compares them.

TMDB calls them tv in its paths and files; ayne's word is series. A film and a series may have the same id.

Source: https://developer.themoviedb.org/reference/tv-series-details
"""

# Pure: values in, values out.

from __future__ import annotations

from ayne.kinds import part_shapes
from ayne.kinds.column import Column
from ayne.kinds.filters import Check, an_id, country, day, language, listed, number, one_id, one_named, one_of, timezone
from ayne.kinds.kind import Discover, Kind, Named
from ayne.kinds.objects import (
    Creator,
    EpisodeToAir,
    Genre,
    Network,
    ProductionCompany,
    ProductionCountry,
    SpokenLanguage,
)
from ayne.kinds.part import ID, InEach, Part, in_each, itself, one_list, roles_of_people, several_lists
from ayne.kinds.part_shapes import COUNTRY_CODE, IMAGE
from ayne.kinds.readers import (
    AVERAGE,
    DAY,
    EACH_MINUTES,
    FLAG,
    IDS,
    INTEGER,
    NUMBER,
    SMALL_INTEGER,
    TEXT,
    TEXTS,
    Reader,
    list_of,
    one,
)
from ayne.kinds.seasons import SEASON

_CREATORS = list_of(Creator)
_GENRES = list_of(Genre)
_NETWORKS = list_of(Network)
_COMPANIES = list_of(ProductionCompany)
_COUNTRIES = list_of(ProductionCountry)
_LANGUAGES = list_of(SpokenLanguage)
_EPISODE: Reader = one(EpisodeToAir)


def _episode_to_air(which: str, said: str) -> tuple[Column, ...]:
    key = f"{which}_episode_to_air"
    return (
        Column(f"{which}_episode_id", _EPISODE.inner("id", "BIGINT"), f"TMDB's id of {said}", key=key),
        Column(f"{which}_episode_on", _EPISODE.inner_day("air_date"), f"Day of {said}", key=key),
        Column(f"{which}_episode_season", _EPISODE.inner("season_number", "INTEGER"), f"Season of {said}", key=key),
        Column(
            f"{which}_episode_number",
            _EPISODE.inner("episode_number", "INTEGER"),
            f"Number within the season of {said}",
            key=key,
        ),
    )


_COLUMNS = (
    Column("tmdb_id", INTEGER, "TMDB's id of the series", key="id"),
    Column("name", TEXT, "Name in the requested language", in_summary=True),
    Column("original_name", TEXT, "Name in the original language", in_summary=True),
    Column(
        "original_language", TEXT, "ISO 639-1 code; TMDB also uses xx (no language) and cn (Cantonese)", in_summary=True
    ),
    Column("overview", TEXT, "Summary of the plot", in_summary=True),
    Column("tagline", TEXT, "Advertising line"),
    Column("status", TEXT, "Returning Series, Planned, In Production, Ended, Canceled or Pilot"),
    Column("type", TEXT, "Scripted, Miniseries, Reality, Documentary, News, Talk Show or Video"),
    Column("first_air_date", DAY, "Day of the first episode", in_summary=True),
    Column("last_air_date", DAY, "Day of the latest episode that was broadcast"),
    Column("in_production", FLAG, "Whether it is still being made; follows from the status"),
    Column(
        "number_of_seasons",
        SMALL_INTEGER,
        "Number of seasons by TMDB's count, without season 0 (specials); the table seasons has them all",
    ),
    Column("number_of_episodes", SMALL_INTEGER, "Number of episodes by TMDB's count, without season 0; may lag behind"),
    Column("episode_run_time", EACH_MINUTES, "Minutes of an episode, as users entered them; empty for most since 2023"),
    *_episode_to_air("last", "the latest episode that was broadcast"),
    *_episode_to_air("next", "the next episode, NULL when none is announced"),
    Column("genre_ids", _GENRES.each("id", "BIGINT[]"), "TMDB's ids of the genres", key="genres", in_summary=IDS),
    Column(
        "genres",
        _GENRES.each("name", "VARCHAR[]"),
        "Names of the genres, in the order of genre_ids; only details have them",
    ),
    Column(
        "network_ids", _NETWORKS.each("id", "BIGINT[]"), "TMDB's ids of the networks that broadcast it", key="networks"
    ),
    Column("networks", _NETWORKS.each("name", "VARCHAR[]"), "Names of the networks, in the order of network_ids"),
    Column("creator_ids", _CREATORS.each("id", "BIGINT[]"), "TMDB's ids of the creators", key="created_by"),
    Column("created_by", _CREATORS.each("name", "VARCHAR[]"), "Names of the creators, in the order of creator_ids"),
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
    Column("production_countries", _COUNTRIES.each("iso_3166_1", "VARCHAR[]"), "ISO 3166-1 codes; sent since 2020"),
    Column("spoken_languages", _LANGUAGES.each("iso_639_1", "VARCHAR[]"), "ISO 639-1 codes; sent since 2020"),
    Column("languages", TEXTS, "ISO 639-1 codes of the languages it was made in"),
    Column(
        "origin_country",
        TEXTS,
        "ISO 3166-1 codes of the countries it comes from; may differ from production_countries",
        in_summary=True,
    ),
    Column("vote_average", AVERAGE, "0.5 to 10, NULL when nobody voted", in_summary=True),
    Column("vote_count", INTEGER, "Number of votes", in_summary=True),
    Column("popularity", NUMBER, "TMDB's popularity score; its scale has changed over the years", in_summary=True),
    Column("adult", FLAG, "TMDB's flag for adult series", in_summary=True),
    Column("softcore", FLAG, "TMDB's flag for softcore series; sent since 2026", in_summary=True),
    Column("homepage", TEXT, "Address of the series' site"),
    Column("poster_path", TEXT, IMAGE, in_summary=True),
    Column("backdrop_path", TEXT, IMAGE, in_summary=True),
)


def _other_series(table: str, comment: str) -> Part:
    """Another series: its place in the list and enough to recognise it; the rest is its own row's business."""
    columns = (
        Column("other_id", INTEGER, "TMDB's id of the other series", key="id", needed=True),
        Column("name", TEXT, "Name of the other series"),
        Column("first_air_date", DAY, "Day of the other series' first episode"),
    )
    return part_shapes.others(table, comment, columns, (column.name for column in _COLUMNS if column.in_summary))


_PARTS = {
    "aggregate_credits": Part(
        "series_credits",
        "Who did what in a series over all its episodes, guests included; a person has a row for each role or job",
        roles_of_people(cast="roles", crew="jobs"),
        (
            Column("credit_id", TEXT, "TMDB's id of the credit"),
            *part_shapes.PERSON,
            Column("department", TEXT, "Directing, Writing…; NULL for the cast"),
            Column("job", TEXT, "Director, Screenplay…; NULL for the cast"),
            Column("character", TEXT, "Character that the person plays; NULL for the crew"),
            Column("episode_count", SMALL_INTEGER, "Number of episodes in this role or job"),
            Column(
                "total_episode_count",
                SMALL_INTEGER,
                "Number of episodes in all roles, or in all jobs of the department",
            ),
            Column("billing", SMALL_INTEGER, "Place in the cast, from 0; NULL for the crew", key="order"),
            *part_shapes.MORE_OF_PERSON,
        ),
        above=(Column("kind", TEXT, "cast or crew", needed=True),),
        key=("credit_id",),
        order=("kind", "billing", "credit_id", "person_id", "department", "job"),
    ),
    "alternative_titles": part_shapes.alternative_titles("series_alternative_titles", "series", one_list("results")),
    "content_ratings": Part(
        "content_ratings",
        "Age ratings of a series, by country",
        one_list("results"),
        (
            Column("country", TEXT, COUNTRY_CODE, key="iso_3166_1", needed=True),
            Column("rating", TEXT, "Age rating in that country, like TV-MA", needed=True),
            Column("descriptors", TEXTS, "Reasons for the rating"),
        ),
        key=("country", "rating"),
    ),
    "credits": part_shapes.credits_of_titles(
        "latest_credits",
        "The cast of a series' latest season, and the crew of the series; a person has a row for each job. "
        "series_credits has more",
    ),
    "episode_credits": Part(
        "episode_credits",
        "Guest stars and crew of each episode of a series; TMDB lists the regular cast only for seasons and series",
        in_each(several_lists(guest_stars="guest", crew="crew")),
        (
            Column("credit_id", TEXT, "TMDB's id of the credit"),
            *part_shapes.PERSON,
            Column("department", TEXT, "Directing, Writing…"),
            Column("job", TEXT, "Director, Writer…; NULL for guests"),
            Column("character", TEXT, "Character that the person plays; NULL for the crew"),
            Column("billing", SMALL_INTEGER, "Place among the guests, from 0; NULL for the crew", key="order"),
            *part_shapes.MORE_OF_PERSON,
        ),
        above=(
            Column("episode_id", INTEGER, "TMDB's id of the episode", needed=True),
            Column("kind", TEXT, "guest or crew", needed=True),
        ),
        key=("episode_id", "kind", "credit_id", "person_id", "job", "character"),
        order=("episode_id", "kind", "billing", "credit_id", "person_id"),
        in_each=InEach("episode", ("guest_stars", "crew")),
    ),
    "episode_groups": Part(
        "episode_groups",
        "Other orders of a series' episodes, like that of its DVDs; the place of each episode is not fetched",
        one_list("results", inner="network"),
        (
            Column("group_id", TEXT, "TMDB's id of the order", key="id", needed=True),
            Column("name", TEXT, "Name of the order"),
            Column("description", TEXT, "Description that TMDB's users added"),
            Column(
                "type",
                SMALL_INTEGER,
                "1 original air date, 2 absolute, 3 DVD, 4 digital, 5 story arc, 6 production, 7 TV",
            ),
            Column("group_count", SMALL_INTEGER, "Number of groups in the order"),
            Column("episode_count", SMALL_INTEGER, "Number of episodes in all groups"),
            Column("network_id", INTEGER, "TMDB's id of the network whose order it is", key="network.id"),
            Column("network", TEXT, "Name of the network whose order it is", key="network.name"),
        ),
        key=("group_id",),
        ignored=frozenset({"network", "network.logo_path", "network.origin_country"}),
    ),
    "external_ids": Part(
        "series_external_ids",
        "A series' ids on other sites, one row a series",
        itself,
        (
            *part_shapes.IDS_ELSEWHERE,
            Column("tvdb_id", INTEGER, "Id on TheTVDB"),
            *part_shapes.IDS_OF_OLD,
        ),
        ignored=ID,
    ),
    "images": part_shapes.images("series_images", "a series", backdrops="backdrop", logos="logo", posters="poster"),
    "keywords": part_shapes.keywords("series_keywords", "series", one_list("results")),
    "recommendations": _other_series(
        "series_recommendations", "Series that TMDB recommends to those who liked a series; the first twenty"
    ),
    "reviews": part_shapes.reviews("series_reviews", "series"),
    "season_images": part_shapes.images_of_each("season_images", "season", posters="poster"),
    "screened_theatrically": Part(
        "screened_theatrically",
        "Episodes of a series that were shown in cinemas",
        one_list("results"),
        (
            Column("episode_id", INTEGER, "TMDB's id of the episode", key="id", needed=True),
            Column("season_number", SMALL_INTEGER, "Season of the episode"),
            Column("episode_number", SMALL_INTEGER, "Number within the season"),
        ),
        key=("episode_id",),
    ),
    "similar": _other_series("similar_series", "Series that share keywords and genres with a series; the first twenty"),
    "translations": part_shapes.translations("series_translations", "series", "name"),
    "videos": part_shapes.videos("series_videos", "series"),
    "watch/providers": part_shapes.watch_providers("series_watch_providers", "series"),
}

# What lists can be sorted by, upwards or downwards.
_SORTS = ("first_air_date", "name", "original_name", "popularity", "vote_average", "vote_count")

# https://developer.themoviedb.org/reference/genre-tv-list, in English.
GENRE_IDS = {
    "action & adventure": 10759,
    "animation": 16,
    "comedy": 35,
    "crime": 80,
    "documentary": 99,
    "drama": 18,
    "family": 10751,
    "kids": 10762,
    "mystery": 9648,
    "news": 10763,
    "reality": 10764,
    "sci-fi & fantasy": 10765,
    "soap": 10766,
    "talk": 10767,
    "war & politics": 10768,
    "western": 37,
}
_GENRES_ALSO_CALLED = {
    **dict.fromkeys(("action", "adventure"), "action & adventure"),
    **dict.fromkeys(("sci-fi", "scifi", "science fiction", "fantasy"), "sci-fi & fantasy"),
    **dict.fromkeys(("war", "politics"), "war & politics"),
    "documentaries": "documentary",
    "talk show": "talk",
}
_STATUSES = {"returning series": 0, "planned": 1, "in production": 2, "ended": 3, "canceled": 4, "pilot": 5}
_TYPES = {
    "documentary": 0,
    "news": 1,
    "miniseries": 2,
    "reality": 3,
    "scripted": 4,
    "talk show": 5,
    "video": 6,
}

_GENRE = one_named(GENRE_IDS, _GENRES_ALSO_CALLED, "genre")

# Source: https://developer.themoviedb.org/reference/discover-tv. There is no filter by people, and none by region.
_FILTERS: dict[str, Check] = {
    **dict.fromkeys(("air_date.gte", "air_date.lte"), day),
    "screened_theatrically": one_of("true", "false"),
    "timezone": timezone,
    **dict.fromkeys(("vote_average.gte", "vote_average.lte"), number(0, 10)),
    "watch_region": country,
    **dict.fromkeys(("with_companies", "without_companies"), listed(an_id)),
    **dict.fromkeys(("with_genres", "without_genres"), listed(_GENRE)),
    **dict.fromkeys(("with_keywords", "without_keywords"), listed(an_id)),
    "with_networks": one_id,
    "with_origin_country": listed(country),
    "with_original_language": listed(language),
    **dict.fromkeys(("with_runtime.gte", "with_runtime.lte"), number(0, 100_000)),
    "with_status": listed(
        one_named(_STATUSES, {"returning": "returning series", "cancelled": "canceled"}, "status code")
    ),
    "with_type": listed(one_named(_TYPES, {}, "type")),
    "with_watch_monetization_types": listed(one_of("flatrate", "free", "ads", "rent", "buy")),
    **dict.fromkeys(("with_watch_providers", "without_watch_providers"), listed(an_id)),
}

# Without the second TMDB ignores the first.
_NEEDS = dict.fromkeys(
    ("with_watch_monetization_types", "with_watch_providers", "without_watch_providers"), ("watch_region",)
)

SERIES = Kind(
    name="series",
    noun="series",
    plural="series",
    table="series",
    live="live_series",
    history="series_history",
    as_of="series_as_of",
    comment="One row a series. Unknown is NULL: TMDB writes 0 or an empty text. Times are UTC.",
    columns=_COLUMNS,
    tracked=(
        "vote_count",
        "vote_average",
        "popularity",
        "status",
        "number_of_seasons",
        "number_of_episodes",
        "last_air_date",
        "next_episode_on",
    ),
    parts=_PARTS,
    # Of these two nothing is read: edits of the last day, and the lists of users that a series is on.
    untyped_parts=("changes", "lists"),
    old_parts=("account_states",),
    discover=Discover(
        "/discover/tv",
        dates="first_air_date",
        sorts=_SORTS,
        titles="original_name",
        flags=("include_adult",),
        filters=_FILTERS,
        needs=_NEEDS,
        elsewhere={
            "first_air_date_year": "the first and last year",
            "include_null_first_air_dates": "ids_from (--source): the export names those without a date",
        },
        first_year=1936,
        genres=(18, 35, 99, 10764, 16, 10759, 10765, 80, 10751, 10767, 10762, 9648, 10766, 10768, 10763, 37),
    ),
    changes="/tv/changes",
    exports=("tv_series_ids", "adult_tv_series_ids"),
    path="/tv",
    found="tv",
    children=(SEASON,),
    names=(
        Named("person", "person_id", part="aggregate_credits"),
        Named("person", "creator_ids", job="Creator"),
        Named("company", "production_company_ids"),
        Named("network", "network_ids"),
        Named("keyword", "keyword_id", part="keywords"),
    ),
    title="name",
    day="first_air_date",
    votes="vote_count",
    popularity="popularity",
    genres="genre_ids",
    status="status",
    latest="last_episode_on",
    upcoming="next_episode_on",
    over=frozenset({"Ended", "Canceled"}),
    adult="adult",
)
