"""Everyday calls of the library `tmdbsimple`, each with what it must find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tmdbsimple

from tests.judges.known import Known
from tests.judges.sandbox_answers import KEY


class Client:
    """The library as it comes, but for the base URL of each of its objects."""

    def __init__(self, url: str) -> None:
        tmdbsimple.API_KEY = KEY
        self._url = url

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def make(*arguments: object) -> Any:
            made = getattr(tmdbsimple, name)(*arguments)
            made.base_uri = self._url
            return made

        return make


def client(url: str) -> Client:
    """Return the library with this base URL."""
    return Client(url)


def _ids(rows: Any) -> list[int]:
    return [row["id"] for row in rows]


def _without_id(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "id"}


def _part(name: str, key: str) -> Callable[[Client, Known], bool]:
    """Return a call for a part of the film, which must be the part as it was appended."""
    return lambda t, k: bool(_without_id(getattr(t.Movies(k.film["id"]), name)()) == k.film[key])


def _with_parts(t: Client, k: Known) -> bool:
    parts = ("credits", "keywords", "images", "videos", "watch/providers")
    film = t.Movies(k.film["id"]).info(append_to_response=",".join(parts))
    return all(film[part] == k.film[part] for part in parts)


def _series_part(name: str, key: str) -> Callable[[Client, Known], bool]:
    """Return a call for a part of the series, which must be the part as it was appended."""
    return lambda t, k: bool(_without_id(getattr(t.TV(k.series["id"]), name)()) == k.series[key])


def _season_part(name: str) -> Callable[[Client, Known], bool]:
    """Return a call for a part of a season, which must be the part as it is appended to the series."""

    def call(t: Client, k: Known) -> bool:
        part = f"season/1/{name.replace('watch_providers', 'watch/providers')}"
        appended = t.TV(k.series["id"]).info(append_to_response=part)[part]
        return bool(_without_id(getattr(t.TV_Seasons(k.series["id"], 1), name)()) == appended)

    return call


def _series_with_parts(t: Client, k: Known) -> bool:
    parts = ("aggregate_credits", "keywords", "content_ratings", "season/1")
    series = t.TV(k.series["id"]).info(append_to_response=",".join(parts))
    return all(series[part] == k.series[part] for part in parts)


def _series_of_a_person(t: Client, k: Known) -> bool:
    somebody = k.series["credits"]["cast"][0]["id"]
    return k.series["id"] in _ids(t.People(somebody).tv_credits()["cast"])


def _series_discovered(t: Client, k: Known) -> bool:
    asked = {"first_air_date.gte": "2010-01-01", "with_status": "3", "with_original_language": "en"}
    rows = t.Discover().tv(**asked)["results"]
    return bool(rows) and all(
        row["first_air_date"] >= "2010-01-01" and row["original_language"] == "en" for row in rows
    )


def _discovered(t: Client, k: Known) -> bool:
    asked = {"primary_release_date.gte": "2000-01-01", "vote_count.gte": 100, "with_genres": 18}
    rows = t.Discover().movie(**asked)["results"]
    return bool(rows) and all(
        row["release_date"] >= "2000-01-01" and row["vote_count"] >= 100 and 18 in row["genre_ids"] for row in rows
    )


def _found_by(source: str) -> Callable[[Client, Known], bool]:
    def call(t: Client, k: Known) -> bool:
        found = t.Find(k.film["external_ids"][source]).info(external_source=source)
        return _ids(found["movie_results"]) == [k.film["id"]]

    return call


#: By name: what is called, and whether what came is what is there.
CALLS: dict[str, Callable[[Client, Known], bool]] = {
    "film": lambda t, k: t.Movies(k.film["id"]).info()["title"] == k.film["title"],
    "film by its IMDb id": lambda t, k: t.Movies(k.film["imdb_id"]).info()["id"] == k.film["id"],
    "film with its parts": _with_parts,
    "alternative titles": _part("alternative_titles", "alternative_titles"),
    "credits": _part("credits", "credits"),
    "external ids": _part("external_ids", "external_ids"),
    "images": _part("images", "images"),
    "keywords": _part("keywords", "keywords"),
    "lists": _part("lists", "lists"),
    "recommendations": _part("recommendations", "recommendations"),
    "release dates": _part("release_dates", "release_dates"),
    "reviews": _part("reviews", "reviews"),
    "similar films": _part("similar_movies", "similar"),
    "translations": _part("translations", "translations"),
    "videos": _part("videos", "videos"),
    "watch providers": _part("watch_providers", "watch/providers"),
    "releases under their old name": lambda t, k: (
        len(t.Movies(k.film["id"]).releases()["countries"])
        == sum(len(place["release_dates"]) for place in k.film["release_dates"]["results"])
    ),
    "changes of a film": lambda t, k: (
        bool(k.changes["changes"]) and t.Movies(k.changed["results"][0]["id"]).changes() == k.changes
    ),
    "changed films": lambda t, k: len(k.changed["results"]) > 10 and t.Changes().movie() == k.changed,
    "changed people": lambda t, k: t.Changes().person()["page"] == 1,
    "newest film": lambda t, k: t.Movies().latest()["id"] >= k.film["id"],
    "popular films": lambda t, k: t.Movies().popular() == k.popular,
    "best films": lambda t, k: t.Movies().top_rated() == k.top_rated,
    "films in cinemas": lambda t, k: t.Movies().now_playing(region="US")["dates"].keys() == {"maximum", "minimum"},
    "films to come": lambda t, k: t.Movies().upcoming()["dates"].keys() == {"maximum", "minimum"},
    "trending films": lambda t, k: _ids(t.Trending("movie", "week").info()["results"]) == _ids(k.popular["results"]),
    "trending people": lambda t, k: len(t.Trending("person", "day").info()["results"]) == 20,
    "trending anything": lambda t, k: len(t.Trending().info()["results"]) == 20,
    "discover": _discovered,
    "search for a film": lambda t, k: k.film["id"] in _ids(t.Search().movie(query=k.film["title"])["results"]),
    "search for a person": lambda t, k: k.person["id"] in _ids(t.Search().person(query=k.person["name"])["results"]),
    "search for a company": lambda t, k: (
        k.company["id"] in _ids(t.Search().company(query=k.company["name"])["results"])
    ),
    "search for a keyword": lambda t, k: (
        k.keyword["id"] in _ids(t.Search().keyword(query=k.keyword["name"])["results"])
    ),
    "search for a collection": lambda t, k: (
        k.collection["id"] in _ids(t.Search().collection(query=k.collection["name"])["results"])
    ),
    "search for anything": lambda t, k: k.film["id"] in _ids(t.Search().multi(query=k.film["title"])["results"]),
    "find by IMDb id": _found_by("imdb_id"),
    "find by Wikidata id": _found_by("wikidata_id"),
    "find by Facebook id": _found_by("facebook_id"),
    "person": lambda t, k: t.People(k.person["id"]).info()["name"] == k.person["name"],
    "films of a person": lambda t, k: (
        _without_id(t.People(k.person["id"]).movie_credits()) == k.person["movie_credits"]
    ),
    "all credits of a person": lambda t, k: k.film["id"] in _ids(t.People(k.person["id"]).combined_credits()["cast"]),
    "series of a person": _series_of_a_person,
    "external ids of a person": lambda t, k: t.People(k.person["id"]).external_ids()["imdb_id"] == k.person["imdb_id"],
    "images of a person": lambda t, k: t.People(k.person["id"]).images()["id"] == k.person["id"],
    "translations of a person": lambda t, k: t.People(k.person["id"]).translations()["id"] == k.person["id"],
    "newest person": lambda t, k: t.People().latest()["id"] >= k.person["id"],
    "popular people": lambda t, k: len(t.People().popular()["results"]) == 20,
    "collection": lambda t, k: t.Collections(k.collection["id"]).info() == k.collection,
    "images of a collection": lambda t, k: t.Collections(k.collection["id"]).images()["id"] == k.collection["id"],
    "translations of a collection": lambda t, k: (
        len(t.Collections(k.collection["id"]).translations()["translations"]) == 1
    ),
    "company": lambda t, k: t.Companies(k.company["id"]).info() == k.company,
    "other names of a company": lambda t, k: t.Companies(k.company["id"]).alternative_names()["id"] == k.company["id"],
    "images of a company": lambda t, k: t.Companies(k.company["id"]).images()["id"] == k.company["id"],
    "films of a company": lambda t, k: t.Companies(k.company["id"]).movies()["total_results"] >= 1,
    "keyword": lambda t, k: t.Keywords(k.keyword["id"]).info() == k.keyword,
    "films with a keyword": lambda t, k: t.Keywords(k.keyword["id"]).movies()["total_results"] >= 1,
    "genres": lambda t, k: {"id": 18, "name": "Drama"} in t.Genres().movie_list()["genres"],
    "configuration": lambda t, k: "w500" in t.Configuration().info()["images"]["poster_sizes"],
    "countries": lambda t, k: "SE" in [place["iso_3166_1"] for place in t.Configuration().countries()],
    "languages": lambda t, k: "sv" in [each["iso_639_1"] for each in t.Configuration().languages()],
    "jobs": lambda t, k: "Directing" in [each["department"] for each in t.Configuration().jobs()],
    "primary translations": lambda t, k: "de-AT" in t.Configuration().primary_translations(),
    "time zones": lambda t, k: "DE" in [each["iso_3166_1"] for each in t.Configuration().timezones()],
    "certifications": lambda t, k: (
        "R" in [each["certification"] for each in t.Certifications().movie_list()["certifications"]["US"]]
    ),
    "series": lambda t, k: t.TV(k.series["id"]).info()["seasons"] == k.series["seasons"],
    "series with its parts and a season": _series_with_parts,
    **{
        f"{name.replace('_', ' ')} of a series": _series_part(name, key)
        for name, key in (
            ("aggregate_credits", "aggregate_credits"),
            ("alternative_titles", "alternative_titles"),
            ("content_ratings", "content_ratings"),
            ("credits", "credits"),
            ("episode_groups", "episode_groups"),
            ("external_ids", "external_ids"),
            ("images", "images"),
            ("keywords", "keywords"),
            ("recommendations", "recommendations"),
            ("reviews", "reviews"),
            ("screened_theatrically", "screened_theatrically"),
            ("similar", "similar"),
            ("translations", "translations"),
            ("videos", "videos"),
            ("watch_providers", "watch/providers"),
        )
    },
    "season": lambda t, k: t.TV_Seasons(k.series["id"], 1).info() == k.season,
    **{
        f"{name.replace('_', ' ')} of a season": _season_part(name)
        for name in (
            "aggregate_credits",
            "credits",
            "external_ids",
            "images",
            "translations",
            "videos",
            "watch_providers",
        )
    },
    "episode": lambda t, k: (
        t.TV_Episodes(k.series["id"], 1, k.episode["episode_number"]).info()["id"] == k.episode["id"]
    ),
    "credits of an episode": lambda t, k: (
        _without_id(t.TV_Episodes(k.series["id"], 1, k.episode["episode_number"]).credits()) == k.episode["credits"]
    ),
    "changes of a series": lambda t, k: t.TV_Changes(k.changed_series["results"][0]["id"]).series() == k.series_changes,
    "changed series": lambda t, k: t.Changes().tv()["results"] == k.changed_series["results"],
    "newest series": lambda t, k: t.TV().latest()["id"] >= k.series["id"],
    "popular series": lambda t, k: t.TV().popular() == k.popular_series,
    "best series": lambda t, k: all(row["vote_count"] >= 200 for row in t.TV().top_rated()["results"]),
    "series of today": lambda t, k: t.TV().airing_today()["page"] == 1,
    "series of this week": lambda t, k: t.TV().on_the_air()["total_results"] >= t.TV().airing_today()["total_results"],
    "trending series": lambda t, k: (
        _ids(t.Trending("tv", "week").info()["results"]) == _ids(k.popular_series["results"])
    ),
    "discover series": _series_discovered,
    "search for a series": lambda t, k: k.series["id"] in _ids(t.Search().tv(query=k.series["name"])["results"]),
    "find a series by TVDB id": lambda t, k: (
        _ids(t.Find(k.series["external_ids"]["tvdb_id"]).info(external_source="tvdb_id")["tv_results"])
        == [k.series["id"]]
    ),
    "network": lambda t, k: t.Networks(k.series["networks"][0]["id"]).info()["name"] == k.series["networks"][0]["name"],
    "genres of series": lambda t, k: {"id": 10766, "name": "Soap"} in t.Genres().tv_list()["genres"],
    "ratings of series": lambda t, k: "US" in t.Certifications().tv_list()["certifications"],
}
