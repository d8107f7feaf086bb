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


KEYWORD = Kind(
    name="keyword",
    noun="keyword",
    plural="keywords",
    table="keyword_names",
    live="live_keywords",
    history="keyword_history",
    as_of="keyword_as_of",
    comment="One row a keyword that TMDB has; which films and series have it is in keywords and series_keywords",
    columns=(_an_id("keyword", "keywords.keyword_id and series_keywords.keyword_id"), _NAME),
    tracked=("name",),
    instead="`ayne names` brings all of them",
    exports=("keyword_ids",),
    is_named_by_exports=True,
    title="name",
)

COMPANY = Kind(
    name="company",
    noun="company",
    plural="companies",
    table="companies",
    live="live_companies",
    history="company_history",
    as_of="company_as_of",
    comment="One row a company that produces; all but its name is there where details_at is",
    columns=(
        _an_id("company", "production_company_ids of movies and series"),
        _NAME,
        *_OF_WHOM,
        Column("parent_company_id", _PARENT.inner("id", "BIGINT"), "Who owns it", key="parent_company"),
        Column("parent_company", _PARENT.inner("name", "VARCHAR"), "Name of who owns it", key="parent_company"),
        Column("description", TEXT, "In free words; hardly ever there"),
    ),
    tracked=("name",),
    instead=_BY,
    exports=("production_company_ids",),
    is_named_by_exports=True,
    title="name",
)

NETWORK = Kind(
    name="network",
    noun="network",
    plural="networks",
    table="networks",
    live="live_networks",
    history="network_history",
    as_of="network_as_of",
    comment="One row a network that broadcasts series; all but its name is there where details_at is",
    columns=(_an_id("network", "network_ids of series"), _NAME, *_OF_WHOM),
    tracked=("name",),
    instead=_BY,
    exports=("tv_network_ids",),
    is_named_by_exports=True,
    title="name",
)

COLLECTION = Kind(
    name="collection",
    noun="collection",
    plural="collections",
    table="collections",
    live="live_collections",
    history="collection_history",
    as_of="collection_as_of",
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
    tracked=("name",),
    instead=_BY,
    exports=("collection_ids",),
    is_named_by_exports=True,
    title="name",
)

NAMES = (KEYWORD, COMPANY, NETWORK, COLLECTION)
