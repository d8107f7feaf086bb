"""Shapes of parts that films and series share, like ``credits`` and ``videos``.

A part is added in the file of its kind, in ``_PARTS`` of :mod:`~ayne.kinds.movie` or :mod:`~ayne.kinds.series`. Each
kind has tables of its own, because film 550 and series 550 are different titles.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ayne.kinds.column import Column
from ayne.kinds.part import PAGE, Find, InEach, Part, in_each, one_list, providers, ranked, several_lists
from ayne.kinds.readers import (
    AVERAGE,
    FLAG,
    IMDB_ID,
    INTEGER,
    LANGUAGE,
    MOMENT,
    NUMBER,
    SMALL_INTEGER,
    TEXT,
)

IMAGE = "Path of the image; append it to an address like https://image.tmdb.org/t/p/w500"
COUNTRY_CODE = "ISO 3166-1 code"
LANGUAGE_CODE = "ISO 639-1 code"

PERSON = (
    Column("person_id", INTEGER, "TMDB's id of the person", key="id", needed=True),
    Column("name", TEXT, "Name of the person"),
    Column("original_name", TEXT, "Name in the person's own script"),
)
"""Who a credit is of."""

MORE_OF_PERSON = (
    Column("gender", SMALL_INTEGER, "0 not set, 1 female, 2 male, 3 non-binary"),
    Column("known_for_department", TEXT, "Department the person is best known for"),
    Column("popularity", NUMBER, "TMDB's popularity score of the person"),
    Column("adult", FLAG, "TMDB's flag for adult performers"),
    Column("profile_path", TEXT, IMAGE),
)
"""What a credit says of the person beside that."""

IDS_ELSEWHERE = (
    Column("imdb_id", IMDB_ID, "IMDb's id: tt and seven digits or more"),
    Column("wikidata_id", TEXT, "Id on Wikidata: Q and digits"),
    Column("facebook_id", TEXT, "Id on Facebook"),
    Column("instagram_id", TEXT, "Id on Instagram"),
    Column("twitter_id", TEXT, "Id on Twitter"),
)
"""Ids of a title on other sites."""

IDS_OF_OLD = (
    Column("tvrage_id", INTEGER, "Id on TVRage, which has closed"),
    Column("freebase_mid", TEXT, "Id on Freebase, which has closed"),
    Column("freebase_id", TEXT, "Id on Freebase, in an older form"),
)
"""Ids on sites that are no more."""

_PICTURE = (
    Column("file_path", TEXT, IMAGE, needed=True),
    Column("language", LANGUAGE, "ISO 639-1 code of the text in the picture, NULL for none", key="iso_639_1"),
    Column("country", TEXT, COUNTRY_CODE, key="iso_3166_1"),
    Column("width", SMALL_INTEGER, "Pixels"),
    Column("height", SMALL_INTEGER, "Pixels"),
    Column("aspect_ratio", NUMBER, "Width divided by height"),
    Column("vote_average", AVERAGE, "Average of the votes for the picture, NULL when nobody voted"),
    Column("vote_count", INTEGER, "Number of votes"),
)


def alternative_titles(table: str, noun: str, find: Find) -> Part:
    """Describe the part alternative titles; ``find`` differs between kinds."""
    columns = (
        Column("country", TEXT, COUNTRY_CODE, key="iso_3166_1"),
        Column("title", TEXT, "The title", needed=True),
        Column("type", TEXT, "Sort of title, in free text"),
    )
    return Part(table, f"Other titles of a {noun}", find, columns, key=("country", "title", "type"))


def credits_of_titles(table: str, comment: str, *more: Column) -> Part:
    """Describe the part credits, a row for each job; a kind may add columns."""
    columns = (
        Column("credit_id", TEXT, "TMDB's id of the credit; NULL in answers from before 2018"),
        *PERSON,
        Column("department", TEXT, "Directing, Writing…; NULL for the cast"),
        Column("job", TEXT, "Director, Screenplay…; NULL for the cast"),
        Column("character", TEXT, "Character that the person plays; NULL for the crew"),
        Column("billing", SMALL_INTEGER, "Place in the cast, from 0; NULL for the crew", key="order"),
        *more,
        *MORE_OF_PERSON,
    )
    return Part(
        table,
        comment,
        several_lists(cast="cast", crew="crew"),
        columns,
        above=(Column("kind", TEXT, "cast or crew", needed=True),),
        # A person stands there once for each job. Bodies from before 2018 have no credit_id.
        key=("credit_id",),
        order=("kind", "billing", "credit_id", "person_id", "department", "job"),
    )


def images(table: str, noun: str, **kinds: str) -> Part:
    """Describe the part images, with the lists that a kind has."""
    *first, last = sorted(kinds.values())
    return Part(
        table,
        f"Pictures of {noun}: their paths and sizes; the image files are not fetched",
        several_lists(**kinds),
        _PICTURE,
        above=(Column("kind", TEXT, f"{', '.join(first)} or {last}" if first else last, needed=True),),
        key=("kind", "file_path"),
    )


def images_of_each(table: str, child: str, **kinds: str) -> Part:
    """Describe the part images of all children of one name; it is fetched with each child."""
    one = images(table, f"a {child}", **kinds)
    return replace(
        one,
        find=in_each(one.find, "images"),
        above=(Column(f"{child}_id", INTEGER, f"TMDB's id of the {child}", needed=True), *one.above),
        key=(f"{child}_id", *one.key),
        order=(f"{child}_id", *one.key),
        in_each=InEach(child, ("images",), appended=True),
    )


def keywords(table: str, noun: str, find: Find) -> Part:
    """Describe the part keywords; ``find`` differs between kinds."""
    columns = (
        Column("keyword_id", INTEGER, "TMDB's id of the keyword", key="id", needed=True),
        Column("keyword", TEXT, "The keyword, in English", key="name"),
    )
    return Part(table, f"Keywords of a {noun}", find, columns, key=("keyword_id",))


def others(table: str, comment: str, columns: tuple[Column, ...], said_there: Iterable[str]) -> Part:
    """Describe a list of similar or recommended titles: the place in the list and enough to recognise each.

    Args:
        table: the table.
        comment: what it says.
        columns: what is kept; the first is the other's id.
        said_there: keys that are its own row's business.
    """
    kept = {column.key for column in columns}
    return Part(
        table,
        comment,
        ranked,
        columns,
        above=(Column("rank", SMALL_INTEGER, "Place in the list, from 1", needed=True),),
        key=("other_id",),
        order=("rank", "other_id"),
        ignored=frozenset({*said_there, "media_type"} - kept),
    )


def reviews(table: str, noun: str) -> Part:
    """Describe the part reviews."""
    return Part(
        table,
        f"Reviews of a {noun} by TMDB's users; the first twenty",
        one_list("results", PAGE, inner="author_details"),
        (
            Column("review_id", TEXT, "TMDB's id of the review", key="id", needed=True),
            Column("author", TEXT, "Name shown above the review"),
            Column("author_name", TEXT, "Name that the author gave", key="author_details.name"),
            Column("username", TEXT, "Name of the author's account", key="author_details.username"),
            Column("avatar_path", TEXT, IMAGE, key="author_details.avatar_path"),
            Column("rating", NUMBER, "0.5 to 10, NULL when the author gave none", key="author_details.rating"),
            Column("content", TEXT, "Text of the review"),
            Column("created_at", MOMENT, "When the review was written, UTC"),
            Column("updated_at", MOMENT, "When the review was last changed, UTC"),
            Column("url", TEXT, "Address of the review"),
        ),
        key=("review_id",),
    )


def translations(table: str, noun: str, title: str, *more: Column) -> Part:
    """Describe the part translations; the key of the title differs between kinds, and a kind may add columns."""
    return Part(
        table,
        f"A {noun}'s title, overview and other texts in other languages",
        one_list("translations", inner="data"),
        (
            Column("language", TEXT, LANGUAGE_CODE, key="iso_639_1", needed=True),
            Column("country", TEXT, COUNTRY_CODE, key="iso_3166_1"),
            Column("name", TEXT, "The language's own name"),
            Column("english_name", TEXT, "The language's English name"),
            Column(
                "title",
                TEXT,
                "Title in that language; NULL when not translated: the original title applies",
                key=f"data.{title}",
            ),
            Column("overview", TEXT, "Summary of the plot", key="data.overview"),
            Column("tagline", TEXT, "Advertising line", key="data.tagline"),
            Column("homepage", TEXT, f"Address of the {noun}'s site", key="data.homepage"),
            *more,
        ),
        key=("language", "country"),
    )


def videos(table: str, noun: str) -> Part:
    """Describe the part videos, which are on other sites."""
    return Part(
        table,
        "Trailers, clips and the like, on other sites",
        one_list("results"),
        (
            Column("video_id", TEXT, "TMDB's id of the video", key="id", needed=True),
            Column("name", TEXT, "Name of the video"),
            Column("site", TEXT, "YouTube or Vimeo"),
            Column("key", TEXT, "The video's id on that site"),
            Column("type", TEXT, "Trailer, Teaser, Clip, Featurette…"),
            Column("size", SMALL_INTEGER, "Height in lines: 360, 480, 720, 1080 or 2160"),
            Column("official", FLAG, f"Whether it comes from the {noun}'s makers"),
            Column("language", LANGUAGE, LANGUAGE_CODE, key="iso_639_1"),
            Column("country", TEXT, COUNTRY_CODE, key="iso_3166_1"),
            Column("published_at", MOMENT, "When the video was published, UTC"),
        ),
        key=("video_id",),
    )


def watch_providers(table: str, noun: str) -> Part:
    """Describe the part watch providers."""
    return Part(
        table,
        f"Where a {noun} can be watched. The data come from JustWatch, which must be credited",
        providers,
        (
            Column("provider_id", INTEGER, "TMDB's id of the provider", needed=True),
            Column("provider", TEXT, "Name of the provider", key="provider_name"),
            Column("display_priority", SMALL_INTEGER, "Order in which TMDB shows providers"),
            Column("logo_path", TEXT, IMAGE),
        ),
        above=(
            Column("country", TEXT, COUNTRY_CODE, needed=True),
            Column("kind", TEXT, "flatrate (subscription), rent, buy, ads or free; TMDB may add others", needed=True),
            Column("link", TEXT, "TMDB's page of all offers in that country"),
        ),
        key=("country", "kind", "provider_id"),
    )
