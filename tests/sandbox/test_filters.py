"""Each filter of `/discover/movie` against a look at every single film: its details, and its parts."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query
from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.people import person
from ayne.sandbox.films.releases import CERTIFICATIONS

FILMS = Catalogue.generated(900, seed=4, undated=0.05)
PARTS = ("credits", "keywords", "release_dates", "watch/providers")
BODIES: list[Body] = [FILMS.details(film_id, PARTS) or {} for film_id in FILMS.ids(range(len(FILMS)))]
SHOWN = [body for body in BODIES if not body["adult"] and not body["video"]]
LAST_DAY = "9999-12-31"


def found(**parameters: str) -> list[Body]:
    """Return the list rows of the films that match; `__` stands for the dot in a parameter's name."""
    query = Query.parse({name.replace("__", "."): value for name, value in parameters.items()})
    return [FILMS.summary(position, query) for position in FILMS.discover(query)]


def ids(rows: list[Body]) -> set[int]:
    return {row["id"] for row in rows}


def companies(body: Body) -> set[int]:
    return {company["id"] for company in body["production_companies"]}


def keywords(body: Body) -> set[int]:
    return {keyword["id"] for keyword in body["keywords"]["keywords"]}


def cast(body: Body) -> set[int]:
    return {member["id"] for member in body["credits"]["cast"]}


def crew(body: Body) -> set[int]:
    return {member["id"] for member in body["credits"]["crew"]}


def people(body: Body) -> set[int]:
    return cast(body) | crew(body)


def releases(body: Body, country: str = "") -> list[tuple[int, str, str]]:
    """Return type, day and certification of each release, of one country or of all."""
    return [
        (release["type"], release["release_date"][:10], release["certification"])
        for place in body["release_dates"]["results"]
        if country in ("", place["iso_3166_1"])
        for release in place["release_dates"]
    ]


def offers(body: Body, country: str) -> set[tuple[str, int]]:
    ways = body["watch/providers"]["results"].get(country, {})
    return {(way, offer["provider_id"]) for way in ways if way != "link" for offer in ways[way]}


def common(values: Callable[[Body], set[int]], rank: int = 0) -> int:
    """Return the value that most films have, or one of the next."""
    films = Counter(value for body in SHOWN for value in values(body))
    return sorted(films, key=lambda value: (-films[value], value))[rank]


OF_MANY = {
    "with_companies": companies,
    "with_keywords": keywords,
    "with_cast": cast,
    "with_crew": crew,
    "with_people": people,
}


@pytest.mark.parametrize("name", OF_MANY)
def test_a_film_is_found_by_what_its_details_and_parts_name(name: str) -> None:
    values = OF_MANY[name]
    for rank in range(4):
        value = common(values, rank)
        expected = ids([body for body in SHOWN if value in values(body)])
        assert expected
        assert ids(found(**{name: str(value)})) == expected


@pytest.mark.parametrize("name", OF_MANY)
def test_a_comma_asks_for_both_and_a_pipe_for_either(name: str) -> None:
    values = OF_MANY[name]
    first, second = next(sorted(values(body))[:2] for body in SHOWN if len(values(body)) > 1)
    third = common(values)
    both, either = f"{first},{second}", f"{first}|{third}"
    assert ids(found(**{name: both})) == ids([body for body in SHOWN if {first, second} <= values(body)]) != set()
    assert ids(found(**{name: either})) == ids([body for body in SHOWN if {first, third} & values(body)])
    assert ids(found(**{name: f"{second},{either}"})) == ids(
        [body for body in SHOWN if second in values(body) and {first, third} & values(body)]
    )


@pytest.mark.parametrize("name", [*OF_MANY, "with_genres"])
def test_a_name_instead_of_an_id_finds_nothing(name: str) -> None:
    assert found(**{name: "Kim"}) == []


@pytest.mark.parametrize(("name", "values"), [("without_companies", companies), ("without_keywords", keywords)])
def test_what_is_not_wanted_is_left_out(name: str, values: Callable[[Body], set[int]]) -> None:
    first, second = common(values), common(values, 1)
    expected = ids([body for body in SHOWN if not {first, second} & values(body)])
    assert len(expected) < len(SHOWN)
    assert ids(found(**{name: f"{first},{second}"})) == ids(found(**{name: f"{first}|{second}"})) == expected


def test_an_unwanted_name_leaves_nothing_out() -> None:
    assert ids(found(without_companies="Kim", without_keywords="train", without_genres="Drama")) == ids(SHOWN)


@pytest.mark.parametrize("country", ["US", "FR", "ZZ"])
def test_a_region_shows_what_came_out_there_and_the_day_it_did(country: str) -> None:
    rows = found(region=country)
    assert ids(rows) == ids([body for body in SHOWN if releases(body, country)])
    days = {body["id"]: min(day for _, day, _ in releases(body, country)) for body in SHOWN if releases(body, country)}
    assert {row["id"]: row["release_date"] for row in rows} == days


def test_a_page_of_a_region_shows_the_days_of_that_region() -> None:
    """A collector that stored this date as the primary one would be wrong."""
    app = SandboxApp(FILMS)
    pages = [
        json.loads(app.answer(Request("GET", "/3/discover/movie", f"api_key=k&{query}")).body)["results"]
        for query in ("region=FR", "region=FR&with_release_type=4|3&release_date.gte=2000-01-01")
    ]
    for page, wanted in zip(pages, ((1, 2, 3, 4, 5, 6), (3, 4)), strict=True):
        assert page
        for row in page:
            (body,) = (body for body in SHOWN if body["id"] == row["id"])
            assert row["release_date"] in {day for kind, day, _ in releases(body, "FR") if kind in wanted}
    assert any(row["release_date"] != body["release_date"] for row in pages[0] for body in SHOWN
               if body["id"] == row["id"])  # fmt: skip


@pytest.mark.parametrize("region", ["", "US", "DE"])
@pytest.mark.parametrize("types", ["", "3", "4|5", "5|4", "3,4", "2|3,4"])
def test_release_dates_are_those_of_the_region_and_of_the_types(region: str, types: str) -> None:
    low, high = "2004-01-01", "2018-06-30"
    demands = [[int(kind) for kind in kinds.split("|")] for kinds in types.split(",")] if types else [range(1, 7)]

    def wanted(body: Body) -> bool:
        within = {kind for kind, day, _ in releases(body, region) if low <= day <= high}
        return all(within.intersection(kinds) for kinds in demands)

    expected = [body for body in SHOWN if wanted(body)]
    rows = found(region=region, with_release_type=types, release_date__gte=low, release_date__lte=high)
    assert ids(rows) == ids(expected) != set()
    if region:
        assert all(low <= row["release_date"] <= high for row in rows)
    else:
        assert {row["id"]: row["release_date"] for row in rows} == {b["id"]: b["release_date"] for b in expected}


def test_the_type_named_first_is_the_one_whose_day_is_shown() -> None:
    def days(kind: int) -> dict[int, str]:
        return {
            body["id"]: min(day for each, day, _ in releases(body, "US") if each == kind)
            for body in SHOWN
            if any(each == kind for each, _, _ in releases(body, "US"))
        }

    cinema, stream = days(3), days(4)
    shown = {types: {r["id"]: r["release_date"] for r in found(region="US", with_release_type=types)} for types in
             ("3|4", "4|3")}  # fmt: skip
    assert shown["3|4"] == stream | cinema
    assert shown["4|3"] == cinema | stream
    assert shown["3|4"] != shown["4|3"]


@pytest.mark.parametrize("parameters", [{"with_release_type": "1"}, {"with_release_type": "x"}])
def test_a_release_type_alone_filters_nothing(parameters: dict[str, str]) -> None:
    assert ids(found(**parameters)) == ids(SHOWN)


def test_a_year_is_that_of_any_release() -> None:
    expected = ids([body for body in SHOWN if any(day.startswith("2016") for _, day, _ in releases(body))])
    assert ids(found(year="2016")) == expected
    assert expected > ids(found(primary_release_year="2016"))


def test_the_order_of_release_dates_is_that_of_the_dates_shown() -> None:
    days = [row["release_date"] for row in found(region="US", sort_by="release_date.asc")]
    primary = [row["release_date"] for row in found(region="US", sort_by="primary_release_date.asc")]
    assert days == sorted(days) != primary


def test_the_primary_date_is_the_earliest_release() -> None:
    for body in BODIES:
        days = [day for _, day, _ in releases(body)]
        assert min(days, default="") == body["release_date"]


def test_a_film_comes_out_first_where_it_comes_from() -> None:
    for body in BODIES:
        home = (body["origin_country"] or ["US"])[0]
        assert min([day for _, day, _ in releases(body, home)], default="") == body["release_date"]


CERTIFICATES: list[tuple[dict[str, str], str, set[str]]] = [
    ({"certification": "R"}, "US", {"R"}),
    ({"certification": "R|PG-13"}, "US", {"R", "PG-13"}),
    ({"certification__lte": "PG"}, "US", {"NR", "G", "PG"}),
    ({"certification__gte": "PG-13"}, "US", {"PG-13", "R", "NC-17"}),
    ({"certification__gte": "12", "certification__lte": "16"}, "DE", {"12", "16"}),
    ({"certification__lte": "unheard of"}, "US", set()),
    ({"certification": "R"}, "FR", set()),
]


@pytest.mark.parametrize(("parameters", "country", "certificates"), CERTIFICATES)
def test_a_certification_is_that_of_a_country(parameters: dict[str, str], country: str, certificates: set[str]) -> None:
    expected = [body for body in SHOWN if any(c in certificates for _, _, c in releases(body, country))]
    assert ids(found(certification_country=country, **parameters)) == ids(expected)
    assert bool(expected) is bool(certificates)
    assert ids(found(**parameters)) == ids(SHOWN)


def test_every_certification_of_a_film_is_one_of_its_country() -> None:
    for body in BODIES:
        for place in body["release_dates"]["results"]:
            known = {"", *CERTIFICATIONS.get(place["iso_3166_1"], ())}
            assert {release["certification"] for release in place["release_dates"]} <= known


WATCHED: list[tuple[dict[str, str], Callable[[set[tuple[str, int]]], bool]]] = [
    ({"with_watch_providers": "8"}, lambda offers: any(p == 8 for _, p in offers)),
    ({"with_watch_providers": "8|9"}, lambda offers: any(p in (8, 9) for _, p in offers)),
    ({"with_watch_providers": "8,2"}, lambda offers: {8, 2} <= {p for _, p in offers}),
    ({"without_watch_providers": "8|9"}, lambda offers: not any(p in (8, 9) for _, p in offers)),
    ({"with_watch_monetization_types": "buy"}, lambda offers: any(way == "buy" for way, _ in offers)),
    ({"with_watch_monetization_types": "ads|free"}, lambda offers: any(way in ("ads", "free") for way, _ in offers)),
    ({"with_watch_monetization_types": "ads,rent"}, lambda offers: {"ads", "rent"} <= {way for way, _ in offers}),
    (
        {"with_watch_providers": "2|3", "with_watch_monetization_types": "buy"},
        lambda offers: bool({("buy", 2), ("buy", 3)} & offers),
    ),
    (
        {"with_watch_providers": "8|2", "with_watch_monetization_types": "flatrate,rent"},
        lambda offers: {("flatrate", 8), ("rent", 2)} <= offers,
    ),
    ({"with_watch_providers": "Netflix"}, lambda offers: False),
]


@pytest.mark.parametrize(("parameters", "wanted"), WATCHED)
def test_a_film_can_be_watched_in_a_region(parameters: dict[str, str], wanted: Any) -> None:
    for region in ("US", "DE"):
        expected = ids([body for body in SHOWN if wanted(offers(body, region))])
        assert ids(found(watch_region=region, **parameters)) == expected
        assert bool(expected) is ("Netflix" not in parameters.values())
    assert ids(found(**parameters)) == ids(SHOWN)


def test_a_watch_region_alone_filters_nothing() -> None:
    assert ids(found(watch_region="US")) == ids(SHOWN)


def test_filters_are_all_met_at_once() -> None:
    rows = found(with_genres="18", with_keywords="100|101|102|103", region="US", vote_count__gte="10", watch_region="")
    expected = [
        body
        for body in SHOWN
        if any(genre["id"] == 18 for genre in body["genres"])
        and keywords(body) & {100, 101, 102, 103}
        and releases(body, "US")
        and body["vote_count"] >= 10
    ]
    assert ids(rows) == ids(expected) != set()


def test_an_undated_film_came_out_nowhere() -> None:
    undated = ids([body for body in SHOWN if not body["release_date"]])
    assert undated
    for parameters in ({"region": "US"}, {"year": "2016"}, {"certification_country": "US", "certification__gte": "G"}):
        assert not undated & ids(found(**parameters))
    assert undated <= ids(found(language="fr-FR", with_release_type="3"))


def test_somebody_is_the_same_in_every_film() -> None:
    members = [member for body in BODIES for member in body["credits"]["cast"] + body["credits"]["crew"]]
    assert len(ids(members)) < len(members)
    for member in members:
        somebody = person(member["id"])
        assert somebody is not None
        assert {key: member[key] for key in somebody} == somebody
    names = {person_id: member["name"] for member in members if (person_id := member["id"])}
    assert len(set(names.values())) == len(names)
    assert person(0) is None
    assert person(10**9) is None
