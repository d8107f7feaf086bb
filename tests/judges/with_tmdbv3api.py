"""Everyday calls of the library `tmdbv3api`, each with what it must find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tmdbv3api
from tmdbv3api.exceptions import TMDbException

from tests.judges.known import Known
from tests.judges.sandbox_answers import KEY


class Client:
    """The library as it comes, but for the base URL of each of its objects."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __getattr__(self, name: str) -> Any:
        made = getattr(tmdbv3api, name)()
        made._base = self._url
        made.api_key = KEY
        return made


def client(url: str) -> Client:
    """Return the library with this base URL."""
    return Client(url)


def _ids(rows: Any) -> list[int]:
    return [row.id for row in rows]


def _known_ids(rows: Any) -> list[int]:
    return [row["id"] for row in rows]


def _film(t: Client, k: Known) -> bool:
    film = t.Movie.details(k.film["id"])
    return (
        film.title == k.film["title"]
        and _ids(film.casts.cast) == _known_ids(k.film["credits"]["cast"])
        and _ids(film.keywords.keywords) == _known_ids(k.film["keywords"]["keywords"])
        and len(film.trailers.youtube) == sum(video["site"] == "YouTube" for video in k.film["videos"]["results"])
    )


def _series(t: Client, k: Known) -> bool:
    series = t.TV.details(k.series["id"])
    return (
        series.name == k.series["name"]
        and _ids(series.seasons) == _known_ids(k.series["seasons"])
        and _ids(series.credits.cast) == _known_ids(k.series["credits"]["cast"])
    )


def _season(t: Client, k: Known) -> bool:
    season = t.Season.details(k.series["id"], 1)
    return _ids(season.episodes) == _known_ids(k.season["episodes"]) and season._id == k.season["_id"]


def _series_discovered(t: Client, k: Known) -> bool:
    rows = list(t.Discover.discover_tv_shows({"first_air_date.gte": "2010-01-01", "with_type": 4}))
    return bool(rows) and all(row.first_air_date >= "2010-01-01" for row in rows)


def _of_series(name: str, key: str, inside: str) -> Callable[[Client, Known], bool]:
    """Return a call for a part of the series, of which as many entries must come as there are."""
    return lambda t, k: len(list(getattr(t.TV, name)(k.series["id"]))) == len(k.series[key][inside])


def _discovered(t: Client, k: Known) -> bool:
    rows = list(t.Discover.discover_movies({"primary_release_date.gte": "2000-01-01", "vote_count.gte": 100}))
    return bool(rows) and all(row.release_date >= "2000-01-01" and row.vote_count >= 100 for row in rows)


def _unknown(t: Client, k: Known) -> bool:
    try:
        t.Movie.details(999_999_999)
    except TMDbException as error:
        return str(error) == "The resource you requested could not be found."
    return False


#: By name: what is called, and whether what came is what is there.
CALLS: dict[str, Callable[[Client, Known], bool]] = {
    "film": _film,
    "film that is not there": _unknown,
    "alternative titles": lambda t, k: (
        [each.title for each in t.Movie.alternative_titles(k.film["id"])]
        == [each["title"] for each in k.film["alternative_titles"]["titles"]]
    ),
    "credits": lambda t, k: _ids(t.Movie.credits(k.film["id"]).crew) == _known_ids(k.film["credits"]["crew"]),
    "external ids": lambda t, k: t.Movie.external_ids(k.film["id"]).imdb_id == k.film["imdb_id"],
    "images in English": lambda t, k: (
        [each.file_path for each in t.Movie.images(k.film["id"]).posters]
        == [each["file_path"] for each in k.film["images"]["posters"] if each["iso_639_1"] == "en"]
    ),
    "images with and without words": lambda t, k: (
        [each.file_path for each in t.Movie.images(k.film["id"], include_image_language="null").backdrops]
        == [each["file_path"] for each in k.film["images"]["backdrops"]]
    ),
    "keywords": lambda t, k: _ids(t.Movie.keywords(k.film["id"])) == _known_ids(k.film["keywords"]["keywords"]),
    "lists": lambda t, k: len(t.Movie.lists(k.film["id"])) == len(k.film["lists"]["results"]),
    "recommendations": lambda t, k: (
        _ids(t.Movie.recommendations(k.film["id"])) == _known_ids(k.film["recommendations"]["results"])
    ),
    "release dates": lambda t, k: (
        [each.iso_3166_1 for each in t.Movie.release_dates(k.film["id"])]
        == [each["iso_3166_1"] for each in k.film["release_dates"]["results"]]
    ),
    "reviews": lambda t, k: _ids(t.Movie.reviews(k.film["id"])) == _known_ids(k.film["reviews"]["results"]),
    "similar films": lambda t, k: _ids(t.Movie.similar(k.film["id"])) == _known_ids(k.film["similar"]["results"]),
    "translations": lambda t, k: (
        [each.iso_639_1 for each in t.Movie.translations(k.film["id"])]
        == [each["iso_639_1"] for each in k.film["translations"]["translations"]]
    ),
    "videos": lambda t, k: _ids(t.Movie.videos(k.film["id"])) == _known_ids(k.film["videos"]["results"]),
    "watch providers": lambda t, k: (
        len(t.Movie.watch_providers(k.film["id"])) == len(k.film["watch/providers"]["results"])
    ),
    "changes of a film": lambda t, k: (
        [each.key for each in t.Movie.changes(k.changed["results"][0]["id"])]
        == [each["key"] for each in k.changes["changes"]]
    ),
    "changed films": lambda t, k: (
        _ids(t.Change.movie_change_list("2026-05-05", "2026-05-06")) == _known_ids(k.changed["results"])
    ),
    "newest film": lambda t, k: t.Movie.latest().id >= k.film["id"],
    "popular films": lambda t, k: _ids(t.Movie.popular()) == _known_ids(k.popular["results"]),
    "popular films, page 2": lambda t, k: (
        not set(_ids(t.Movie.popular(page=2))) & set(_known_ids(k.popular["results"]))
    ),
    "best films": lambda t, k: _ids(t.Movie.top_rated()) == _known_ids(k.top_rated["results"]),
    "films in cinemas": lambda t, k: bool(t.Movie.now_playing().dates.maximum),
    "films to come": lambda t, k: bool(t.Movie.upcoming(region="US").dates.minimum),
    "trending films": lambda t, k: _ids(t.Trending.movie_day().results) == _known_ids(k.popular["results"]),
    "trending people": lambda t, k: len(t.Trending.person_week().results) == 20,
    "discover": _discovered,
    "search for a film": lambda t, k: k.film["id"] in _ids(t.Search.movies(k.film["title"])),
    "search for a film of a year": lambda t, k: (
        k.film["id"] in _ids(t.Search.movies(k.film["title"], release_year=int(k.film["release_date"][:4])))
    ),
    "search for a person": lambda t, k: k.person["id"] in _ids(t.Search.people(k.person["name"])),
    "search for a company": lambda t, k: k.company["id"] in _ids(t.Search.companies(k.company["name"])),
    "search for a keyword": lambda t, k: k.keyword["id"] in _ids(t.Search.keywords(k.keyword["name"])),
    "search for a collection": lambda t, k: k.collection["id"] in _ids(t.Search.collections(k.collection["name"])),
    "search for anything": lambda t, k: k.film["id"] in _ids(t.Search.multi(k.film["title"])),
    "find by IMDb id": lambda t, k: _ids(t.Find.find_by_imdb_id(k.film["imdb_id"]).movie_results) == [k.film["id"]],
    "find by Facebook id": lambda t, k: (
        _ids(t.Find.find_by_facebook_id(k.film["external_ids"]["facebook_id"]).movie_results) == [k.film["id"]]
    ),
    "person": lambda t, k: t.Person.details(k.person["id"]).name == k.person["name"],
    "films of a person": lambda t, k: k.film["id"] in _ids(t.Person.movie_credits(k.person["id"]).cast),
    "all credits of a person": lambda t, k: k.film["id"] in _ids(t.Person.combined_credits(k.person["id"]).cast),
    "external ids of a person": lambda t, k: t.Person.external_ids(k.person["id"]).imdb_id == k.person["imdb_id"],
    "popular people": lambda t, k: len(t.Person.popular()) == 20,
    "collection": lambda t, k: _ids(t.Collection.details(k.collection["id"])) == _known_ids(k.collection["parts"]),
    "images of a collection": lambda t, k: t.Collection.images(k.collection["id"]).id == k.collection["id"],
    "company": lambda t, k: t.Company.details(k.company["id"]).name == k.company["name"],
    "films of a company": lambda t, k: len(t.Company.movies(k.company["id"])) >= 1,
    "keyword": lambda t, k: t.Keyword.details(k.keyword["id"]).name == k.keyword["name"],
    "films with a keyword": lambda t, k: len(t.Keyword.movies(k.keyword["id"])) >= 1,
    "genres": lambda t, k: (18, "Drama") in [(each.id, each.name) for each in t.Genre.movie_list()],
    "configuration": lambda t, k: (
        t.Configuration.api_configuration().images.secure_base_url == "https://image.tmdb.org/t/p/"
    ),
    "countries": lambda t, k: "SE" in [each.iso_3166_1 for each in t.Configuration.countries()],
    "languages": lambda t, k: "sv" in [each.iso_639_1 for each in t.Configuration.languages()],
    "jobs": lambda t, k: "Directing" in [each.department for each in t.Configuration.jobs()],
    "primary translations": lambda t, k: "de-AT" in list(t.Configuration.primary_translations()),
    "time zones": lambda t, k: "DE" in [each.iso_3166_1 for each in t.Configuration.timezones()],
    "certifications": lambda t, k: len(t.Certification.movie_list()) > 10,
    "providers of films": lambda t, k: 8 in [each.provider_id for each in t.Provider.movie_providers()],
    "countries with providers": lambda t, k: "US" in [each.iso_3166_1 for each in t.Provider.available_regions()],
    "series": _series,
    "season": _season,
    "episode": lambda t, k: t.Episode.details(k.series["id"], 1, k.episode["episode_number"]).id == k.episode["id"],
    **{
        f"{name.replace('_', ' ')} of a series": _of_series(name, key, "results")
        for name, key in (
            ("alternative_titles", "alternative_titles"),
            ("content_ratings", "content_ratings"),
            ("episode_groups", "episode_groups"),
            ("keywords", "keywords"),
            ("recommendations", "recommendations"),
            ("reviews", "reviews"),
            ("screened_theatrically", "screened_theatrically"),
            ("similar", "similar"),
            ("videos", "videos"),
            ("watch_providers", "watch/providers"),
        )
    },
    "aggregate credits of a series": lambda t, k: (
        _ids(t.TV.aggregate_credits(k.series["id"]).cast) == _known_ids(k.series["aggregate_credits"]["cast"])
    ),
    "external ids of a series": lambda t, k: (
        t.TV.external_ids(k.series["id"]).tvdb_id == k.series["external_ids"]["tvdb_id"]
    ),
    "credits of a season": lambda t, k: t.Season.credits(k.series["id"], 1).id == k.season["id"],
    "credits of an episode": lambda t, k: (
        t.Episode.credits(k.series["id"], 1, k.episode["episode_number"]).id == k.episode["id"]
    ),
    "changes of a series": lambda t, k: (
        [each.key for each in t.TV.changes(k.changed_series["results"][0]["id"])]
        == [each["key"] for each in k.series_changes["changes"]]
    ),
    "changed series": lambda t, k: (
        _ids(t.Change.tv_change_list("2026-05-05", "2026-05-06")) == _known_ids(k.changed_series["results"])
    ),
    "newest series": lambda t, k: t.TV.latest().id >= k.series["id"],
    "popular series": lambda t, k: _ids(t.TV.popular()) == _known_ids(k.popular_series["results"]),
    "best series": lambda t, k: all(row.vote_count >= 200 for row in t.TV.top_rated()),
    "series of this week": lambda t, k: len(list(t.TV.on_the_air())) >= len(list(t.TV.airing_today())),
    "trending series": lambda t, k: _ids(t.Trending.tv_day().results) == _known_ids(k.popular_series["results"]),
    "discover series": _series_discovered,
    "search for a series": lambda t, k: k.series["id"] in _ids(t.Search.tv_shows(k.series["name"])),
    "find a series by IMDb id": lambda t, k: (
        _ids(t.Find.find_by_imdb_id(k.series["external_ids"]["imdb_id"]).tv_results) == [k.series["id"]]
    ),
    "find a series by TVDB id": lambda t, k: (
        _ids(t.Find.find_by_tvdb_id(str(k.series["external_ids"]["tvdb_id"])).tv_results) == [k.series["id"]]
    ),
    "network": lambda t, k: t.Network.details(k.series["networks"][0]["id"]).name == k.series["networks"][0]["name"],
    "genres of series": lambda t, k: (10766, "Soap") in [(each.id, each.name) for each in t.Genre.tv_list()],
}
