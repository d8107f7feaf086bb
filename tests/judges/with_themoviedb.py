"""Everyday calls of the library `themoviedb`, each with what it must find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from dacite.exceptions import WrongTypeError
from themoviedb.schemas.reviews import Reviews
from themoviedb.tmdb import TMDb
from themoviedb.utils import as_dataclass

from tests.judges.known import Known
from tests.judges.sandbox_answers import KEY

Client = TMDb


def client(url: str) -> TMDb:
    """Return the library as it comes, but for its base URL, and for the region: by itself it asks for the USA only."""
    made = TMDb(api_key=KEY, region="")
    made._config.host = url.removesuffix("/3")
    return made


def _ids(rows: Any) -> list[int]:
    return [row.id for row in rows]


def _known_ids(rows: Any) -> list[int]:
    return [row["id"] for row in rows]


def _film_with_parts(tmdb: TMDb, known: Known) -> bool:
    parts = "credits,keywords,external_ids,release_dates,videos,watch/providers,recommendations,translations"
    film = tmdb.movie(known.film["id"]).details(append_to_response=parts)
    assert film.credits is not None
    assert film.credits.cast is not None
    assert film.keywords is not None
    assert film.external_ids is not None
    assert film.watch_providers is not None
    assert film.watch_providers.results is not None
    return (
        [member.name for member in film.credits.cast] == [member["name"] for member in known.film["credits"]["cast"]]
        and _ids(film.keywords.keywords) == _known_ids(known.film["keywords"]["keywords"])
        and film.external_ids.imdb_id == known.film["imdb_id"]
        and film.watch_providers.results.keys() == known.film["watch/providers"]["results"].keys()
    )


def _person_with_films(tmdb: TMDb, known: Known) -> bool:
    person = tmdb.person(known.person["id"]).details(append_to_response="movie_credits,images,external_ids")
    assert person.movie_credits is not None
    assert person.movie_credits.cast is not None
    return person.name == known.person["name"] and known.film["id"] in _ids(person.movie_credits.cast)


def cannot_read_ratings(reviews: Any) -> bool:
    """Return whether the library refuses these reviews: it wants whole numbers for ratings, and TMDB sends `9.0`."""
    try:
        as_dataclass(Reviews, reviews)
    except WrongTypeError as error:
        return "author_details.rating" in str(error)
    return False


def _reviews(tmdb: TMDb, known: Known) -> bool:
    asked = known.film["reviews"]
    if cannot_read_ratings(asked):
        return [row["author"] for row in tmdb.request(f"movie/{known.film['id']}/reviews")["results"]] == [
            row["author"] for row in asked["results"]
        ]
    return [review.author for review in tmdb.movie(known.film["id"]).reviews()] == [
        row["author"] for row in asked["results"]
    ]


def _popular_in_the_usa(tmdb: TMDb, known: Known) -> bool:
    tmdb.region = "US"
    try:
        films = tmdb.movies().popular()
    finally:
        tmdb.region = ""
    return len(films) == 20 and films.total_results is not None and films.total_results < known.popular["total_results"]


def _discovered(tmdb: TMDb, known: Known) -> bool:
    films = tmdb.discover().movie(
        sort_by="vote_average.desc", primary_release_date__gte="2000-01-01", vote_count__gte=100, with_genres="18"
    )
    assert films.results
    return all(
        18 in row.genre_ids and row.vote_count >= 100 and row.release_date >= date(2000, 1, 1) for row in films.results
    )


def _series_with_parts(tmdb: TMDb, known: Known) -> bool:
    parts = "credits,keywords,external_ids,content_ratings,aggregate_credits,watch/providers,translations"
    series = tmdb.tv(known.series["id"]).details(append_to_response=parts)
    assert series.seasons is not None
    return (
        series.name == known.series["name"]
        and _ids(series.seasons) == _known_ids(known.series["seasons"])
        and series.number_of_episodes == known.series["number_of_episodes"]
        and series.first_air_date == date.fromisoformat(known.series["first_air_date"])
    )


def _season(tmdb: TMDb, known: Known) -> bool:
    season = tmdb.season(known.series["id"], 1).details(append_to_response="credits,images")
    return _ids(season.episodes) == _known_ids(known.season["episodes"])


def _series_discovered(tmdb: TMDb, known: Known) -> bool:
    series = tmdb.discover().tv(sort_by="vote_count.desc", first_air_date__gte="2010-01-01", with_genres="18")
    assert series.results
    return all(18 in row.genre_ids and row.first_air_date >= date(2010, 1, 1) for row in series.results)


def _by_company(tmdb: TMDb, known: Known) -> bool:
    films = tmdb.discover().movie(with_companies=str(known.company["id"]))
    return known.film["id"] in _ids(films.results)


#: By name: what is called, and whether what came is what is there.
CALLS: dict[str, Callable[[TMDb, Known], bool]] = {
    "film": lambda t, k: (
        (found := t.movie(k.film["id"]).details()).title == k.film["title"]
        and found.release_date == date.fromisoformat(k.film["release_date"])
        and found.runtime == k.film["runtime"]
    ),
    "film with its parts": _film_with_parts,
    "credits": lambda t, k: _ids(t.movie(k.film["id"]).credits().crew) == _known_ids(k.film["credits"]["crew"]),
    "external ids": lambda t, k: t.movie(k.film["id"]).external_ids().imdb_id == k.film["imdb_id"],
    "keywords": lambda t, k: (
        _ids(t.movie(k.film["id"]).keywords().keywords) == _known_ids(k.film["keywords"]["keywords"])
    ),
    "images": lambda t, k: (
        [image.file_path for image in t.movie(k.film["id"]).images().posters or []]
        == [image["file_path"] for image in k.film["images"]["posters"]]
    ),
    "alternative titles": lambda t, k: (
        [title.title for title in t.movie(k.film["id"]).alternative_titles().titles or []]
        == [title["title"] for title in k.film["alternative_titles"]["titles"]]
    ),
    "release dates": lambda t, k: (
        [place.iso_3166_1 for place in t.movie(k.film["id"]).release_dates()]
        == [place["iso_3166_1"] for place in k.film["release_dates"]["results"]]
    ),
    "videos": lambda t, k: (
        [video.key for video in t.movie(k.film["id"]).videos()]
        == [video["key"] for video in k.film["videos"]["results"]]
    ),
    "translations": lambda t, k: (
        [each.iso_639_1 for each in t.movie(k.film["id"]).translations().translations or []]
        == [each["iso_639_1"] for each in k.film["translations"]["translations"]]
    ),
    "recommendations": lambda t, k: (
        _ids(t.movie(k.film["id"]).recommendations()) == _known_ids(k.film["recommendations"]["results"])
    ),
    "similar films": lambda t, k: _ids(t.movie(k.film["id"]).similar()) == _known_ids(k.film["similar"]["results"]),
    "reviews": _reviews,
    "lists": lambda t, k: t.movie(k.film["id"]).lists().total_results == k.film["lists"]["total_results"],
    "watch providers": lambda t, k: (
        (t.movie(k.film["id"]).watch_providers().results or {}).keys() == k.film["watch/providers"]["results"].keys()
    ),
    "newest film": lambda t, k: (t.movies().latest().id or 0) >= k.film["id"],
    "popular films": lambda t, k: _ids(t.movies().popular()) == _known_ids(k.popular["results"]),
    "popular films in the USA": _popular_in_the_usa,
    "popular films, page 2": lambda t, k: (
        (second := t.movies().popular(page=2)).page == 2
        and not set(_ids(second)) & set(_known_ids(k.popular["results"]))
    ),
    "best films": lambda t, k: _ids(t.movies().top_rated()) == _known_ids(k.top_rated["results"]),
    "films in cinemas": lambda t, k: (
        (films := t.movies().now_playing()).dates is not None
        and films.dates.maximum is not None
        and films.total_results is not None
    ),
    "films to come": lambda t, k: (
        (films := t.movies().upcoming()).dates is not None
        and films.dates.minimum is not None
        and films.dates.minimum > date(2020, 1, 1)
    ),
    "trending films of the day": lambda t, k: _ids(t.trending().movie_daily()) == _known_ids(k.popular["results"]),
    "trending films of the week": lambda t, k: len(t.trending().movie_weekly()) == 20,
    "trending people": lambda t, k: len(t.trending().person_daily()) == 20,
    "discover": _discovered,
    "discover by company": _by_company,
    "discover by person": lambda t, k: k.film["id"] in _ids(t.discover().movie(with_cast=str(k.person["id"])).results),
    "search for a film": lambda t, k: k.film["id"] in _ids(t.search().movies(k.film["title"])),
    "search for a film of a year": lambda t, k: (
        k.film["id"] in _ids(t.search().movies(k.film["title"], primary_release_year=int(k.film["release_date"][:4])))
    ),
    "search for nothing that is": lambda t, k: t.search().movies("zzzz qqqq").total_results == 0,
    "search for a person": lambda t, k: k.person["id"] in _ids(t.search().people(k.person["name"])),
    "search for a company": lambda t, k: k.company["id"] in _ids(t.search().companies(k.company["name"])),
    "search for a keyword": lambda t, k: k.keyword["id"] in _ids(t.search().keywords(k.keyword["name"])),
    "search for a collection": lambda t, k: k.collection["id"] in _ids(t.search().collections(k.collection["name"])),
    "search for anything": lambda t, k: k.film["title"] in [str(row) for row in t.search().multi(k.film["title"])],
    "find by IMDb id": lambda t, k: _ids(t.find().by_imdb(k.film["imdb_id"]).movie_results) == [k.film["id"]],
    "find by Facebook id": lambda t, k: (
        _ids(t.find().by_facebook(k.film["external_ids"]["facebook_id"]).movie_results) == [k.film["id"]]
    ),
    "person with films": _person_with_films,
    "films of a person": lambda t, k: k.film["id"] in _ids(t.person(k.person["id"]).movie_credits().cast),
    "all credits of a person": lambda t, k: k.film["id"] in _ids(t.person(k.person["id"]).combined_credits().cast),
    "external ids of a person": lambda t, k: t.person(k.person["id"]).external_ids().imdb_id == k.person["imdb_id"],
    "images of a person": lambda t, k: isinstance(t.person(k.person["id"]).images().profiles, list),
    "popular people": lambda t, k: len(t.people().popular()) == 20,
    "collection": lambda t, k: (
        _ids(t.collection(k.collection["id"]).details().parts) == _known_ids(k.collection["parts"])
    ),
    "images of a collection": lambda t, k: t.collection(k.collection["id"]).images().id == k.collection["id"],
    "translations of a collection": lambda t, k: (
        t.collection(k.collection["id"]).translations().id == k.collection["id"]
    ),
    "company": lambda t, k: t.company(k.company["id"]).details().name == k.company["name"],
    "other names of a company": lambda t, k: t.company(k.company["id"]).alternative_names().id == k.company["id"],
    "images of a company": lambda t, k: t.company(k.company["id"]).images().id == k.company["id"],
    "keyword": lambda t, k: t.keyword(k.keyword["id"]).details().name == k.keyword["name"],
    "films with a keyword": lambda t, k: (
        k.film["id"] in [film for page in (1, 2, 3) for film in _ids(t.keyword(k.keyword["id"]).movies(page=page))]
    ),
    "genres": lambda t, k: len(t.genres().movie().genres or []) == 19,
    "certifications": lambda t, k: "US" in (t.certifications().movie().certifications or {}),
    "providers of films": lambda t, k: 8 in [each.provider_id for each in t.watch_providers().movie()],
    "countries with providers": lambda t, k: "US" in [each.iso_3166_1 for each in t.watch_providers().regions()],
    "series with its parts": _series_with_parts,
    "season": _season,
    "episode": lambda t, k: t.episode(k.series["id"], 1, k.episode["episode_number"]).details().id == k.episode["id"],
    "aggregate credits of a series": lambda t, k: (
        _ids(t.tv(k.series["id"]).aggregate_credits().cast) == _known_ids(k.series["aggregate_credits"]["cast"])
    ),
    "alternative titles of a series": lambda t, k: (
        len(list(t.tv(k.series["id"]).alternative_titles().results or []))
        == len(k.series["alternative_titles"]["results"])
    ),
    "content ratings of a series": lambda t, k: (
        [each.rating for each in t.tv(k.series["id"]).content_ratings()]
        == [each["rating"] for each in k.series["content_ratings"]["results"]]
    ),
    "credits of a series": lambda t, k: (
        _ids(t.tv(k.series["id"]).credits().cast) == _known_ids(k.series["credits"]["cast"])
    ),
    "external ids of a series": lambda t, k: (
        t.tv(k.series["id"]).external_ids().tvdb_id == k.series["external_ids"]["tvdb_id"]
    ),
    "keywords of a series": lambda t, k: (
        _ids(t.tv(k.series["id"]).keywords().results) == _known_ids(k.series["keywords"]["results"])
    ),
    "recommended series": lambda t, k: (
        _ids(t.tv(k.series["id"]).recommendations()) == _known_ids(k.series["recommendations"]["results"])
    ),
    "similar series": lambda t, k: _ids(t.tv(k.series["id"]).similar()) == _known_ids(k.series["similar"]["results"]),
    "videos of a series": lambda t, k: (
        [video.key for video in t.tv(k.series["id"]).videos()]
        == [video["key"] for video in k.series["videos"]["results"]]
    ),
    "credits of a season": lambda t, k: t.season(k.series["id"], 1).credits().id == k.season["id"],
    "aggregate credits of a season": lambda t, k: t.season(k.series["id"], 1).aggregate_credits().id == k.season["id"],
    "credits of an episode": lambda t, k: (
        _ids(t.episode(k.series["id"], 1, k.episode["episode_number"]).credits().guest_stars)
        == _known_ids(k.episode["guest_stars"])
    ),
    "newest series": lambda t, k: (t.tvs().latest().id or 0) >= k.series["id"],
    "popular series": lambda t, k: _ids(t.tvs().popular()) == _known_ids(k.popular_series["results"]),
    "best series": lambda t, k: all(row.vote_count >= 200 for row in t.tvs().top_rated()),
    "series of this week": lambda t, k: (
        (t.tvs().on_the_air().total_results or 0) >= (t.tvs().airing_today().total_results or 0)
    ),
    "trending series": lambda t, k: _ids(t.trending().tv_daily()) == _known_ids(k.popular_series["results"]),
    "discover series": _series_discovered,
    "search for a series": lambda t, k: k.series["id"] in _ids(t.search().tv(k.series["name"])),
    "find a series by TVDB id": lambda t, k: (
        _ids(t.find().by_tvdb(str(k.series["external_ids"]["tvdb_id"])).tv_results) == [k.series["id"]]
    ),
    "network": lambda t, k: t.network(k.series["networks"][0]["id"]).details().name == k.series["networks"][0]["name"],
    "genres of series": lambda t, k: len(t.genres().tv().genres or []) == 16,
}
