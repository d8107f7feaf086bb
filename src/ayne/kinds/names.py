"""Keywords, companies, networks and collections: the daily exports bring the name of each, their details the rest.

TMDB lists them by no date and tells of no changes. Their ids stand in films and series.

Sources: https://developer.themoviedb.org/docs/daily-id-exports,
https://developer.themoviedb.org/reference/company-details and its neighbours
"""

# Pure: values in, values out.

from __future__ import annotations

from ayne.kinds.column import Column
from ayne.kinds.kind import Kind
from ayne.kinds.objects import ListedFilm, ProductionCompany
from ayne.kinds.part_shapes import IMAGE
from ayne.kinds.readers import INTEGER, LANGUAGE, TEXT, list_of, one

_BY = "`ayne names` fetches their names, and with --details their details"
_PARENT = one(ProductionCompany)

_NAME = Column("name", TEXT, "Name in TMDB", in_summary=True)
_OF_WHOM = (
    Column("headquarters", TEXT, "Place of the headquarters, in free text"),
    Column("origin_country", TEXT, "ISO 3166-1 code"),
    Column("homepage", TEXT, "Address of the site"),
    Column("logo_path", TEXT, IMAGE),
)


def _an_id(noun: str, where: str) -> Column:
    return Column("tmdb_id", INTEGER, f"TMDB's id of the {noun}, as in {where}", key="id")


def _named(
    name: str, plural: str, *, table: str, comment: str, columns: tuple[Column, ...], export: str, instead: str = _BY
) -> Kind:
    """Describe what an export names, which has an id and a name, and stands in no list by date."""
    return Kind(
        name=name,
        noun=name,
        plural=plural,
        table=table,
        live=f"live_{plural}",
        history=f"{name}_history",
        as_of=f"{name}_as_of",
        comment=comment,
        columns=columns,
        tracked=("name",),
        instead=instead,
        exports=(export,),
        is_named_by_exports=True,
        title="name",
    )


KEYWORD = _named(
    "keyword",
    "keywords",
    table="keyword_names",
    comment="One row a keyword of TMDB; keywords and series_keywords say which films and series have it",
    columns=(_an_id("keyword", "keywords.keyword_id and series_keywords.keyword_id"), _NAME),
    instead="`ayne names` fetches all of them",
    export="keyword_ids",
)

COMPANY = _named(
    "company",
    "companies",
    table="companies",
    comment="One row a production company; where details_at is NULL, only the name is known",
    columns=(
        _an_id("company", "production_company_ids of movies and series"),
        _NAME,
        *_OF_WHOM,
        Column(
            "parent_company_id", _PARENT.inner("id", "BIGINT"), "TMDB's id of the parent company", key="parent_company"
        ),
        Column("parent_company", _PARENT.inner("name", "VARCHAR"), "Name of the parent company", key="parent_company"),
        Column("description", TEXT, "Description, in free text; nearly always missing"),
    ),
    export="production_company_ids",
)

NETWORK = _named(
    "network",
    "networks",
    table="networks",
    comment="One row a network that broadcasts series; where details_at is NULL, only the name is known",
    columns=(_an_id("network", "network_ids of series"), _NAME, *_OF_WHOM),
    export="tv_network_ids",
)

COLLECTION = _named(
    "collection",
    "collections",
    table="collections",
    comment="One row a collection of films that belong together; where details_at is NULL, only the name is known",
    columns=(
        _an_id("collection", "collection_id of movies"),
        _NAME,
        Column("original_name", TEXT, "Name in the original language; sent since 2025"),
        Column("original_language", LANGUAGE, "ISO 639-1 code of the original language; sent since 2025"),
        Column("overview", TEXT, "What the films are about, in the requested language"),
        Column(
            "film_ids",
            list_of(ListedFilm).each("id", "BIGINT[]"),
            "TMDB's ids of all its films, stored here or not, in no order",
            key="parts",
        ),
        Column("poster_path", TEXT, IMAGE),
        Column("backdrop_path", TEXT, IMAGE),
    ),
    export="collection_ids",
)

NAMES = (KEYWORD, COMPANY, NETWORK, COLLECTION)
