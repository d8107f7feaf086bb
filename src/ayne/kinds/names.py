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

_BY = "`ayne names` brings their names, and with --details what else TMDB says of them"
_PARENT = one(ProductionCompany)

_NAME = Column("name", TEXT, "As TMDB names it", in_summary=True)
_OF_WHOM = (
    Column("headquarters", TEXT, "Where it is, in free words"),
    Column("origin_country", TEXT, "ISO 3166-1 code"),
    Column("homepage", TEXT, "Address of its site"),
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
    comment="One row a keyword that TMDB has; which films and series have it is in keywords and series_keywords",
    columns=(_an_id("keyword", "keywords.keyword_id and series_keywords.keyword_id"), _NAME),
    instead="`ayne names` brings all of them",
    export="keyword_ids",
)

COMPANY = _named(
    "company",
    "companies",
    table="companies",
    comment="One row a company that produces; all but its name is there where details_at is",
    columns=(
        _an_id("company", "production_company_ids of movies and series"),
        _NAME,
        *_OF_WHOM,
        Column("parent_company_id", _PARENT.inner("id", "BIGINT"), "Who owns it", key="parent_company"),
        Column("parent_company", _PARENT.inner("name", "VARCHAR"), "Name of who owns it", key="parent_company"),
        Column("description", TEXT, "In free words; hardly ever there"),
    ),
    export="production_company_ids",
)

NETWORK = _named(
    "network",
    "networks",
    table="networks",
    comment="One row a network that broadcasts series; all but its name is there where details_at is",
    columns=(_an_id("network", "network_ids of series"), _NAME, *_OF_WHOM),
    export="tv_network_ids",
)

COLLECTION = _named(
    "collection",
    "collections",
    table="collections",
    comment="One row a series of films that belong together; all but its name is there where details_at is",
    columns=(
        _an_id("collection", "collection_id of movies"),
        _NAME,
        Column("original_name", TEXT, "In the original language; sent since 2025"),
        Column("original_language", LANGUAGE, "ISO 639-1; sent since 2025"),
        Column("overview", TEXT, "What its films are about, in the language asked for"),
        Column(
            "film_ids",
            list_of(ListedFilm).each("id", "BIGINT[]"),
            "TMDB's ids of its films, also of those that are not stored, in no order",
            key="parts",
        ),
        Column("poster_path", TEXT, IMAGE),
        Column("backdrop_path", TEXT, IMAGE),
    ),
    export="collection_ids",
)

NAMES = (KEYWORD, COMPANY, NETWORK, COLLECTION)
