"""People: the answer of ``/person/{id}``. TMDB lists them by no date; films and series name them in their credits.

Source: https://developer.themoviedb.org/reference/person-details
"""

# Pure: values in, values out.

from __future__ import annotations

from itertools import chain

from ayne.kinds import part_shapes
from ayne.kinds.column import Column
from ayne.kinds.kind import Kind
from ayne.kinds.movie import MOVIE
from ayne.kinds.part import ID, Part, films_and_series, itself, one_list
from ayne.kinds.part_shapes import COUNTRY_CODE, IMAGE, LANGUAGE_CODE
from ayne.kinds.readers import (
    AVERAGE,
    DAY,
    FLAG,
    IMDB_PERSON,
    INTEGER,
    NUMBER,
    SMALL_INTEGER,
    TEXT,
    TEXTS,
)
from ayne.kinds.series import SERIES

# Whom of a crew one asks what they did before, and of a cast the first so many; creators are no crew of a film.
JOBS = (*chain.from_iterable(MOVIE.roles.values()), *(named.job for named in SERIES.names if named.job))
BILLED = 5

_COLUMNS = (
    Column("tmdb_id", INTEGER, "TMDB's id of the person", key="id"),
    Column("imdb_id", IMDB_PERSON, "IMDb's id: nm and seven digits or more"),
    Column("name", TEXT, "The name that TMDB shows", in_summary=True),
    Column("also_known_as", TEXTS, "Other names, and other ways to write them"),
    Column(
        "known_for_department", TEXT, "Department the person is best known for: Acting, Directing…", in_summary=True
    ),
    Column("gender", SMALL_INTEGER, "0 not set, 1 female, 2 male, 3 non-binary", in_summary=True),
    Column("birthday", DAY, "Day of birth"),
    Column("deathday", DAY, "Day of death; NULL while the person lives, or when unknown"),
    Column("place_of_birth", TEXT, "Place of birth, in free text"),
    Column("biography", TEXT, "Biography in the requested language"),
    Column(
        "popularity", NUMBER, "TMDB's popularity score; of 4.9 million people 65,000 have 1 or more", in_summary=True
    ),
    Column("adult", FLAG, "TMDB's flag for adult performers", in_summary=True),
    Column("homepage", TEXT, "Address of the person's site"),
    Column("profile_path", TEXT, IMAGE, in_summary=True),
)

_PARTS = {
    "combined_credits": Part(
        "person_credits",
        "Films and series that a person took part in, stored here or not; a row for each role and each job",
        films_and_series(cast="cast", crew="crew"),
        (
            Column("credit_id", TEXT, "TMDB's id of the credit; NULL in answers from before 2018"),
            Column("media_type", TEXT, "movie or tv: whether title_id is of a film or of a series"),
            Column("title_id", INTEGER, "TMDB's id of the film or series", key="id", needed=True),
            Column("title", TEXT, "Title of the film, or name of the series"),
            Column("original_title", TEXT, "Title or name in the original language"),
            Column("release_date", DAY, "Primary release date of a film, day of the first episode of a series"),
            Column("department", TEXT, "Directing, Writing…; NULL for the cast"),
            Column("job", TEXT, "Director, Screenplay…; NULL for the cast"),
            Column("character", TEXT, "Character that the person plays; NULL for the crew"),
            Column("billing", SMALL_INTEGER, "Place in the cast, from 0; NULL for the crew and series", key="order"),
            Column("episode_count", SMALL_INTEGER, "Number of episodes of the series"),
            Column(
                "first_episode_on",
                DAY,
                "Day of the first of these episodes; sent since 2025",
                key="first_credit_air_date",
            ),
            Column("vote_average", AVERAGE, "Vote average of the film or series, 0.5 to 10"),
            Column("vote_count", INTEGER, "Number of votes for the film or series"),
            Column("popularity", NUMBER, "TMDB's popularity score of the film or series"),
        ),
        above=(Column("kind", TEXT, "cast or crew", needed=True),),
        key=("credit_id",),
        order=("media_type", "title_id", "kind", "credit_id", "job", "character"),
        # What else the row of a list says is the film's own business.
        ignored=frozenset({"adult", "backdrop_path", "genre_ids", "original_language", "origin_country", "overview"})
        | {"poster_path", "softcore", "video"},
    ),
    "external_ids": Part(
        "person_external_ids",
        "A person's ids on other sites, one row a person",
        itself,
        (
            Column("imdb_id", IMDB_PERSON, "IMDb's id: nm and seven digits or more"),
            *part_shapes.IDS_ELSEWHERE[1:],
            Column("tiktok_id", TEXT, "Id on TikTok"),
            Column("youtube_id", TEXT, "Id on YouTube"),
            *part_shapes.IDS_OF_OLD,
        ),
        ignored=ID,
    ),
    "images": part_shapes.images("person_images", "a person", profiles="profile"),
    "translations": Part(
        "person_translations",
        "A person's biography in other languages",
        one_list("translations", inner="data"),
        (
            Column("language", TEXT, LANGUAGE_CODE, key="iso_639_1", needed=True),
            Column("country", TEXT, COUNTRY_CODE, key="iso_3166_1"),
            Column("name", TEXT, "The language's own name"),
            Column("english_name", TEXT, "The language's English name"),
            Column("title", TEXT, "Person's name in that language; sent since 2024", key="data.name"),
            Column("biography", TEXT, "Biography in that language", key="data.biography"),
        ),
        key=("language", "country"),
        ignored=frozenset({"data.primary"}),
    ),
}

PERSON = Kind(
    name="person",
    noun="person",
    plural="people",
    table="people",
    live="live_people",
    history="person_history",
    as_of="person_as_of",
    comment="One row a person. Unknown is NULL: TMDB writes an empty text. Times are UTC.",
    columns=_COLUMNS,
    tracked=("popularity", "name", "known_for_department", "deathday"),
    parts=_PARTS,
    # Of these nothing is read: edits of the last day, and what combined_credits and images say better.
    untyped_parts=("changes", "movie_credits", "tagged_images", "tv_credits"),
    instead="`ayne people` fetches those in the credits of stored films and series",
    changes="/person/changes",
    # Of rows in lists of people: some of their films, and the name in their own script.
    ignored=frozenset({"known_for", "original_name"}),
    exports=("person_ids", "adult_person_ids"),
    imdb="nm",
    found="person",
    title="name",
    also="also_known_as",
    popularity="popularity",
    adult="adult",
    imdb_id="imdb_id",
)
