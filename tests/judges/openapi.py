"""Check the sandbox's answers against TMDB's own OpenAPI description.

The description's schemas were made from one example each: they say which keys there are and of which type, but not
which can be absent or null. So an answer deviates where it lacks a key, has one more, or a value of another type, and
where TMDB itself deviates from its description, as recorded, there is an excuse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ayne.sandbox.pace import Pace
from ayne.sandbox.tmdb.site import endpoint_of
from tests.judges.excuses import Excuse
from tests.judges.sandbox_answers import Sandbox
from tests.judges.shapes import OPAQUE, is_place, json_type

Schema = dict[str, Any]
Asked = Iterable[tuple[str, dict[str, object]]]

_FITTING = {"number": {"number", "integer"}, "integer": {"integer"}}


def schemas(description: Path) -> dict[str, Schema]:
    """Return the schema of a success, for each path that can be read."""
    paths = json.loads(description.read_bytes())["paths"]
    return {
        path: methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        for path, methods in paths.items()
        if "content" in methods.get("get", {}).get("responses", {}).get("200", {})
    }


def deviations(body: Any, schema: Schema, path: str = "$") -> Iterator[str]:
    """Yield how a body deviates from a schema."""
    wanted = schema.get("type", "object" if "properties" in schema else None)
    found = json_type(body)
    if wanted is not None and found not in _FITTING.get(wanted, {wanted}):
        yield f"{path}: {found}, not {wanted}"
    elif isinstance(body, list):
        for item in body:
            yield from deviations(item, schema.get("items", {}), f"{path}[]")
    elif isinstance(body, dict) and schema.get("properties"):
        yield from _of_object(body, schema["properties"], path)


def _of_object(body: dict[str, Any], properties: dict[str, Schema], path: str) -> Iterator[str]:
    if all(map(is_place, properties)):
        # What has countries for keys has one schema for all of them.
        every = _merged(list(properties.values()))
        for key, value in body.items():
            yield from deviations(value, every, f"{path}.{{}}") if is_place(key) else [f"unknown {path}.{key}"]
        return
    yield from (f"lacks {path}.{key}" for key in properties.keys() - body.keys())
    for key, value in body.items():
        if key not in properties:
            yield f"unknown {path}.{key}"
        elif key not in OPAQUE:
            yield from deviations(value, properties[key], f"{path}.{key}")


def _merged(several: list[Schema]) -> Schema:
    properties = {key: value for schema in several for key, value in schema.get("properties", {}).items()}
    return {**several[0], "properties": properties} if properties else several[0]


@dataclass(slots=True)
class Report:
    """What was checked."""

    answers: dict[str, int] = field(default_factory=dict)
    """By path: how many answers were checked."""
    deviations: dict[str, set[str]] = field(default_factory=dict)
    """By path: how they deviate."""


def _known_schemas(description: Path) -> dict[str, Schema]:
    """Return the schemas; the one that is empty there is that of the same rows elsewhere, with their `media_type`."""
    found = shared(description)
    similar = found["/3/movie/{movie_id}/similar"]
    rows = similar["properties"]["results"]["items"]["properties"] | {"media_type": {"type": "string"}}
    results = {"type": "array", "items": {"type": "object", "properties": rows}}
    recommended = {"type": "object", "properties": similar["properties"] | {"results": results}}
    return found | {"/3/movie/{movie_id}/recommendations": recommended}


def check_all(description: Path) -> Report:
    """Ask the sandbox for everything that both it and the description have."""
    sandbox = Sandbox(pace=Pace(edited=0.05, deleted=0.01, added=0.005))
    report = Report()
    for path, schema in _known_schemas(description).items():
        if path in REFUSED:
            continue
        seen = report.deviations.setdefault(path, set())
        for asked, parameters in ASKED[path](sandbox):
            seen |= set(deviations(sandbox.get(asked, **parameters), schema))
            report.answers[path] = report.answers.get(path, 0) + 1
    return report


def shared(description: Path) -> dict[str, Schema]:
    """Return the schemas of the paths that the sandbox has, too."""
    return {path: schema for path, schema in schemas(description).items() if endpoint_of(_filled(path))[0] is not None}


def _filled(path: str) -> str:
    """Return the path with one of the few names that can stand in it; ids can be anything."""
    return path.replace("{time_window}", "week")


def _films(path: str = "", count: int = 150) -> Callable[[Sandbox], Asked]:
    return lambda sandbox: [(f"/movie/{film}{path}", {}) for film in sandbox.films(count)]


def _series(path: str = "", count: int = 150) -> Callable[[Sandbox], Asked]:
    return lambda sandbox: [(f"/tv/{number}{path}", {}) for number in sandbox.series(count)]


def _seasons(path: str = "", count: int = 60) -> Callable[[Sandbox], Asked]:
    return lambda sandbox: [(f"/tv/{number}/season/{season}{path}", {}) for number, season in sandbox.seasons(count)]


def _episodes(path: str = "", count: int = 40) -> Callable[[Sandbox], Asked]:
    return lambda sandbox: [
        (f"/tv/{number}/season/{season}/episode/{episode}{path}", {})
        for number, season, episode in sandbox.episodes(count)
    ]


def _networks(path: str) -> Callable[[Sandbox], Asked]:
    return lambda sandbox: [(f"/network/{number}{path}", {}) for number in range(1, 60)]


def edited_below(kind: str) -> Callable[[Sandbox], Asked]:
    """Ask for the changes of seasons, or of their episodes, that the changes of series name."""

    def asked(sandbox: Sandbox) -> Asked:
        for row in sandbox.get("/tv/changes")["results"][:40]:
            for change in sandbox.get(f"/tv/{row['id']}/changes")["changes"]:
                for item in change["items"] if change["key"] == "season" else ():
                    path = f"/tv/season/{item['value']['season_id']}/changes"
                    if kind == "season":
                        yield path, {}
                        continue
                    for episode in sandbox.get(path)["changes"][0]["items"]:
                        yield f"/tv/episode/{episode['value']['episode_id']}/changes", {}

    return asked


def groups(sandbox: Sandbox) -> Asked:
    """Ask for the episode groups of series."""
    for number in sandbox.series(400):
        for group in sandbox.get(f"/tv/{number}/episode_groups")["results"]:
            yield f"/tv/episode_group/{group['id']}", {}


def _people(path: str = "") -> Callable[[Sandbox], Asked]:
    def asked(sandbox: Sandbox) -> Asked:
        for film in sandbox.films(30):
            for person in sandbox.get(f"/movie/{film}/credits")["crew"][:2]:
                yield f"/person/{person['id']}{path}", {}

    return asked


def _named(kind: str, query: str, path: str = "") -> Callable[[Sandbox], Asked]:
    def asked(sandbox: Sandbox) -> Asked:
        for row in sandbox.get(f"/search/{kind}", query=query)["results"]:
            yield f"/{kind}/{row['id']}{path}", {}

    return asked


def _pages(path: str, **parameters: object) -> Callable[[Sandbox], Asked]:
    return lambda sandbox: [(path, {**parameters, "page": page}) for page in (1, 2, 3, 500)]


def _found(sandbox: Sandbox) -> Asked:
    for film in sandbox.films(60):
        names = sandbox.get(f"/movie/{film}/external_ids")
        for source in _SOURCES:
            if names[source]:
                yield f"/find/{names[source]}", {"external_source": source}
    for number in sandbox.series(60):
        names = sandbox.get(f"/tv/{number}/external_ids")
        for source in ("imdb_id", "tvdb_id"):
            if names[source]:
                yield f"/find/{names[source]}", {"external_source": source}
    for number, season, episode in sandbox.episodes(20):
        imdb_id = sandbox.get(f"/tv/{number}/season/{season}/episode/{episode}/external_ids")["imdb_id"]
        if imdb_id:
            yield f"/find/{imdb_id}", {"external_source": "imdb_id"}
    yield "/find/tt0000001", {"external_source": "imdb_id"}


_SOURCES = ("imdb_id", "wikidata_id", "facebook_id", "twitter_id")


def _once(path: str, **parameters: object) -> Callable[[Sandbox], Asked]:
    return lambda sandbox: [(path, parameters)]


def _credits(sandbox: Sandbox, film: int) -> tuple[list[Any], list[Any]]:
    body = sandbox.get(f"/movie/{film}/credits")
    return body["cast"], body["crew"]


_FILM = "/3/movie/{movie_id}"
_SERIES = "/3/tv/{series_id}"
_SEASON = f"{_SERIES}/season/{{season_number}}"
_EPISODE = f"{_SEASON}/episode/{{episode_number}}"

#: By path of the description: what the sandbox is asked for.
ASKED: dict[str, Callable[[Sandbox], Asked]] = {
    "/3/authentication": _once("/authentication"),
    "/3/certification/movie/list": _once("/certification/movie/list"),
    "/3/certification/tv/list": _once("/certification/tv/list"),
    "/3/collection/{collection_id}": _named("collection", "collection"),
    "/3/collection/{collection_id}/images": _named("collection", "collection", "/images"),
    "/3/collection/{collection_id}/translations": _named("collection", "collection", "/translations"),
    "/3/company/{company_id}": _named("company", "pictures"),
    "/3/company/{company_id}/alternative_names": _named("company", "pictures", "/alternative_names"),
    "/3/company/{company_id}/images": _named("company", "pictures", "/images"),
    **{
        f"/3/configuration{part}": _once(f"/configuration{part}")
        for part in ("", "/countries", "/jobs", "/languages", "/primary_translations", "/timezones")
    },
    "/3/credit/{credit_id}": lambda sandbox: [
        (f"/credit/{entry['credit_id']}", {})
        for film in sandbox.films(20)
        for entries in _credits(sandbox, film)
        for entry in entries[:2]
    ],
    "/3/discover/movie": _pages("/discover/movie"),
    "/3/discover/tv": _pages("/discover/tv"),
    "/3/find/{external_id}": _found,
    "/3/genre/movie/list": _once("/genre/movie/list", language="fr-FR"),
    "/3/genre/tv/list": _once("/genre/tv/list"),
    "/3/keyword/{keyword_id}": _named("keyword", "small"),
    "/3/keyword/{keyword_id}/movies": _named("keyword", "small", "/movies"),
    "/3/movie/changes": _pages("/movie/changes"),
    "/3/movie/latest": _once("/movie/latest"),
    "/3/movie/now_playing": _pages("/movie/now_playing", region="US"),
    "/3/movie/popular": _pages("/movie/popular"),
    "/3/movie/top_rated": _pages("/movie/top_rated"),
    "/3/movie/upcoming": _pages("/movie/upcoming"),
    "/3/movie/{movie_id}": _films(count=1_000),
    "/3/movie/{movie_id}/changes": lambda sandbox: [
        (f"/movie/{row['id']}/changes", {}) for row in sandbox.get("/movie/changes")["results"]
    ],
    **{
        f"/3/movie/{{movie_id}}/{part}": _films(f"/{part}")
        for part in (
            "alternative_titles", "credits", "external_ids", "images", "keywords", "lists",
            "recommendations", "release_dates", "reviews", "similar", "translations", "videos", "watch/providers",
        )
    },
    **{f"/3/network/{{network_id}}{part}": _networks(part) for part in ("", "/alternative_names", "/images")},
    "/3/person/changes": _pages("/person/changes"),
    "/3/person/latest": _once("/person/latest"),
    "/3/person/popular": _pages("/person/popular"),
    "/3/person/{person_id}": _people(),
    **{
        f"/3/person/{{person_id}}/{part}": _people(f"/{part}")
        for part in (
            "changes", "combined_credits", "external_ids", "images", "movie_credits", "tagged_images", "translations",
            "tv_credits",
        )
    },
    "/3/review/{review_id}": lambda sandbox: [
        (f"/review/{review['id']}", {})
        for film in sandbox.films(60)
        for review in sandbox.get(f"/movie/{film}/reviews")["results"]
    ],
    "/3/search/collection": _pages("/search/collection", query="golden"),
    "/3/search/company": _pages("/search/company", query="films"),
    "/3/search/keyword": _pages("/search/keyword", query="family"),
    "/3/search/movie": _pages("/search/movie", query="winter"),
    "/3/search/multi": _pages("/search/multi", query="the"),
    "/3/search/person": _pages("/search/person", query="amina"),
    "/3/search/tv": _pages("/search/tv", query="winter"),
    **{
        f"/3/trending/{kind}/{{time_window}}": _pages(f"/trending/{kind}/{window}")
        for kind, window in (("all", "day"), ("movie", "week"), ("person", "day"), ("tv", "week"))
    },
    "/3/tv/changes": _pages("/tv/changes"),
    "/3/tv/latest": _once("/tv/latest"),
    "/3/tv/episode_group/{tv_episode_group_id}": groups,
    **{f"/3/tv/{name}": _pages(f"/tv/{name}") for name in ("airing_today", "on_the_air", "popular", "top_rated")},
    _SERIES: _series(count=400),
    f"{_SERIES}/changes": lambda sandbox: [
        (f"/tv/{row['id']}/changes", {}) for row in sandbox.get("/tv/changes")["results"]
    ],
    **{
        f"{_SERIES}/{part}": _series(f"/{part}")
        for part in (
            "aggregate_credits", "alternative_titles", "content_ratings", "credits", "episode_groups",
            "external_ids", "images", "keywords", "lists", "recommendations", "reviews", "screened_theatrically",
            "similar", "translations", "videos", "watch/providers",
        )
    },
    _SEASON: _seasons(),
    **{
        f"{_SEASON}/{part}": _seasons(f"/{part}")
        for part in (
            "aggregate_credits", "credits", "external_ids", "images", "translations", "videos", "watch/providers",
        )
    },
    "/3/tv/season/{season_id}/changes": edited_below("season"),
    _EPISODE: _episodes(),
    **{
        f"{_EPISODE}/{part}": _episodes(f"/{part}")
        for part in ("credits", "external_ids", "images", "translations", "videos")
    },
    "/3/tv/episode/{episode_id}/changes": edited_below("episode"),
    "/3/watch/providers/movie": _once("/watch/providers/movie"),
    "/3/watch/providers/tv": _once("/watch/providers/tv"),
    "/3/watch/providers/regions": _once("/watch/providers/regions"),
}  # fmt: skip

#: What can only be read by somebody who has signed in.
REFUSED = (
    "/3/account/{account_id}",
    *(
        f"/3/account/{{account_id}}/{part}"
        for part in (
            "favorite/movies",
            "favorite/tv",
            "lists",
            "rated/movies",
            "rated/tv",
            "rated/tv/episodes",
            "watchlist/movies",
            "watchlist/tv",
        )
    ),
    "/3/movie/{movie_id}/account_states",
    f"{_SERIES}/account_states",
    f"{_SEASON}/account_states",
    f"{_EPISODE}/account_states",
)

_NULLABLE = "the example that the schema was made from happens to have one; "

EXCUSES = (
    Excuse(
        "*",
        "unknown $.*softcore",
        "new in 2026: on every film and row, says who measures, and on the newest film recorded",
    ),
    Excuse("*", "$.*poster_path: null, not string", _NULLABLE + "283 of 5,608 recorded rows have none"),
    Excuse("*", "$.*backdrop_path: null, not string", _NULLABLE + "890 of 5,608 recorded rows have none"),
    Excuse("*", "$.*profile_path: null, not string", _NULLABLE + "recorded credits have null"),
    Excuse("*", "$.*logo_path: null, not string", _NULLABLE + "257 of 678 recorded companies have none"),
    Excuse("*/images", "$.*iso_639_1: null, not string", _NULLABLE + "recorded images without words have null"),
    Excuse("/3/company/*", "$.origin_country: null, not string", _NULLABLE + "recorded companies have null"),
    Excuse("*/reviews", "$.*avatar_path: null, not string", _NULLABLE + "recorded reviews have null"),
    Excuse(_FILM, "$.belongs_to_collection: null, not object", _NULLABLE + "212 of 364 recorded films have none"),
    Excuse(_FILM, "$.homepage: null, not string", _NULLABLE + "3 of 364 recorded films have null"),
    Excuse(_FILM, "$.imdb_id: null, not string", _NULLABLE + "8 of 364 recorded films have null"),
    Excuse(_FILM, "$.runtime: null, not integer", _NULLABLE + "1 of 364 recorded films has null"),
    Excuse(
        "*/external_ids", "$.*: null, not *", _NULLABLE + "any of these ids can be unknown; recorded films have null"
    ),
    Excuse("/3/person/{person_id}", "$.*: null, not string", _NULLABLE + "/3/person/latest shows these as null"),
    Excuse("/3/person/latest", "$.biography: null, not string", _NULLABLE + "3 of 30 recorded people have null"),
    Excuse("/3/person/changes", "$.results[].adult: null, not boolean", "as recorded: people who are gone, or new"),
    Excuse(
        "/3/person/{person_id}/changes",
        "unknown $.changes[].items[].original_value",
        "the example is of a text that was added; recorded items have the value before",
    ),
    Excuse(
        "/3/movie/latest",
        "unknown $.origin_country",
        "the example is older than May 2024, when every film got it",
    ),
    Excuse("*/latest", "$.*: number, not integer", "the example has 0; popularity and averages are no whole numbers"),
    Excuse("/3/movie/upcoming", "$.*vote_average: number, not integer", "the example's averages happen to be whole"),
    Excuse(
        "/3/collection/{collection_id}",
        "* $.parts[].*name",
        "the recorded collection has a `title` and an `original_title` for its parts, as films have everywhere else",
    ),
    Excuse("/3/collection/{collection_id}", "unknown $.parts[].*title", "as recorded, see above"),
    Excuse(
        "/3/movie/{movie_id}/watch/providers",
        "* $.results.{}.*",
        "a way to watch that a country lacks is an absent key, as in the recorded body; `free` is one of the five ways",
    ),
    Excuse("/3/movie/changes", "$.results[].adult: null, not boolean", "9 of 100 recorded rows: new and deleted films"),
    Excuse(
        _FILM + "/changes",
        "* $.changes[].items[].*value",
        "as recorded: what was updated has an `original_value`, and what was deleted has no `value` any more",
    ),
    Excuse("*/images", "unknown $.*iso_3166_1", "new in 2026: images have a country, as in the recorded collection"),
    Excuse(_FILM + "/lists", "unknown $.results[].iso_3166_1", "new in 2026: lists have a country beside the language"),
    Excuse("/3/credit/{credit_id}", "* $.media.*", "the example is of a series; a film has its own keys"),
    Excuse(
        "/3/person/popular",
        "unknown $.results[].original_name",
        "the example is of 2023; people have had an original name here in the recordings since 2024",
    ),
    Excuse(
        "/3/person/popular", "unknown $.*popularity", "the example is of 2023; in recordings the films have it, too"
    ),
    Excuse("*/tagged_images", "$.results[].iso_639_1: null, not string", _NULLABLE + "recorded images have null"),
    Excuse("/3/review/*", "$.*: null, not *", _NULLABLE + "reviews of films, as recorded, have null"),
    Excuse(
        "/3/review/*", "$.*rating: number, not integer", "the example has 9.0, and so have recorded reviews of films"
    ),
    Excuse(
        "/3/trending/person/*", "lacks $.results[].known_for", "the example is of 2023; people trend without it today"
    ),
    Excuse("/3/search/multi", "lacks $.results[].*name", "the schema mixes films and people; a film has no `name`"),
    Excuse("/3/tv/changes", "$.results[].adult: null, not boolean", "as in the recorded feed: new and deleted series"),
    Excuse("*", "unknown $.results[].adult", "the examples are of 2023; rows of series have had it since, as recorded"),
    Excuse("*", "$.results[].vote_average: number, not integer", "the examples' averages happen to be whole"),
    *(
        Excuse(
            path, difference, "films and series stand side by side, each with its own keys; the example has one kind"
        )
        for path in ("/3/person/{person_id}/combined_credits", "/3/search/multi", "/3/trending/all/{time_window}")
        for difference in ("lacks $.*", "unknown $.*")
    ),
    Excuse("/3/tv/*", "$.*: null, not *", _NULLABLE + "recorded series, seasons and episodes have null for it"),
    Excuse(_SERIES, "$.seasons[].vote_average: number, not integer", "the examples' averages happen to be whole"),
    Excuse(_SERIES, "unknown $.created_by[].original_name", "the example is of 2023; as recorded since 2024"),
    Excuse("*", "unknown $.*episode_type", "the example is older than 2023, when episodes got it"),
    Excuse(
        _SERIES + "/changes", "lacks $.changes[].items[].*value", "as recorded: what was added has no `original_value`"
    ),
    Excuse("/3/tv/latest", "unknown $.seasons[].vote_average", "the example is older than 2023, when seasons got it"),
    Excuse(_SERIES + "/reviews", "$.*rating: number, not integer", "as recorded: 9.0"),
    Excuse(
        _SERIES + "/watch/providers", "lacks $.results.{}.*", "a way to watch that a country lacks is an absent key"
    ),
    Excuse(
        _SEASON + "/watch/providers",
        "* $.results.{}.*",
        "a way to watch that a country lacks is an absent key, as above",
    ),
    Excuse(_EPISODE, "unknown $.show_id", "the example lacks it; as recorded since 2024"),
    Excuse(
        "/3/tv/season/{season_id}/changes",
        "unknown $.changes[].items[].iso_639_1",
        "the example lacks it; recorded items have a language",
    ),
    Excuse(
        "/3/tv/episode/{episode_id}/changes",
        "unknown $.changes[].items[].*",
        "the example is of a text that was added; recorded items have a language, and the value before",
    ),
)
