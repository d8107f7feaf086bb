"""What a client library must find in the sandbox: ids to ask for, and the bodies that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.judges.sandbox_answers import PARTS, SERIES_PARTS, Sandbox

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """A film of which everything is known, and whom and what it names."""

    film: Body
    """The details with all parts appended."""
    person: Body
    company: Body
    keyword: Body
    collection: Body
    popular: Body
    top_rated: Body
    changed: Body
    """The first page of what has changed in the last 24 hours."""
    changes: Body
    """What has changed about the first film there."""
    series: Body
    """The details of a series with all of its parts and its first season appended."""
    episode: Body
    """The first episode of that season, with its credits and external ids appended."""
    popular_series: Body
    changed_series: Body
    """The first page of the series that have changed in the last 24 hours."""
    series_changes: Body
    """What has changed about the first series there."""

    @property
    def season(self) -> Body:
        """The first season of the series."""
        found: Body = self.series["season/1"]
        return found

    @classmethod
    def of(cls, sandbox: Sandbox) -> Known:
        """Ask a sandbox for a film that has something in every part.

        Raises:
            LookupError: There is no such film.
        """
        for film_id in sandbox.films(len(sandbox.catalogue)):
            if not _is_named(sandbox.get(f"/movie/{film_id}")):
                continue
            film = sandbox.get(f"/movie/{film_id}", append_to_response=",".join(PARTS))
            if _has_all_parts(film):
                changed = sandbox.get("/movie/changes")
                changed_series = sandbox.get("/tv/changes")
                series = _series(sandbox)
                first = f"/tv/{series['id']}/season/1/episode/{series['season/1']['episodes'][0]['episode_number']}"
                return cls(
                    film=film,
                    person=sandbox.get(
                        f"/person/{film['credits']['cast'][0]['id']}", append_to_response="movie_credits"
                    ),
                    company=sandbox.get(f"/company/{film['production_companies'][0]['id']}"),
                    keyword=film["keywords"]["keywords"][0],
                    collection=sandbox.get(f"/collection/{film['belongs_to_collection']['id']}"),
                    popular=sandbox.get("/movie/popular"),
                    top_rated=sandbox.get("/movie/top_rated"),
                    changed=changed,
                    changes=sandbox.get(f"/movie/{changed['results'][0]['id']}/changes"),
                    series=series,
                    episode=sandbox.get(first, append_to_response="credits,external_ids"),
                    popular_series=sandbox.get("/tv/popular"),
                    changed_series=changed_series,
                    series_changes=sandbox.get(f"/tv/{changed_series['results'][0]['id']}/changes"),
                )
        raise LookupError("no film has something in every part; take more films")


def _series(sandbox: Sandbox) -> Body:
    """Return a series that has something in most of its parts.

    Raises:
        LookupError: There is no such series.
    """
    for number in sandbox.series(1_000):
        series: Body = sandbox.get(f"/tv/{number}", append_to_response=",".join((*SERIES_PARTS, "season/1")))
        named = (series["networks"], series["first_air_date"], series["genres"], series["last_episode_to_air"])
        parts = ("alternative_titles", "content_ratings", "keywords", "recommendations", "similar", "videos")
        ids = series["external_ids"]
        if (
            all(named)
            and not series["adult"]
            and all(series[part]["results"] for part in parts)
            and series["season/1"]["episodes"]
            and series["aggregate_credits"]["cast"]
            and series["credits"]["cast"]
            and ids["imdb_id"]
            and ids["tvdb_id"]
        ):
            return series
    raise LookupError("no series has something in so many parts; take more series")


def _is_named(film: Body) -> bool:
    named = (film["belongs_to_collection"], film["production_companies"], film["imdb_id"], film["release_date"])
    return all(named) and not film["adult"] and not film["video"]


def _has_all_parts(film: Body) -> bool:
    return all(
        (
            film["credits"]["cast"],
            film["credits"]["crew"],
            film["images"]["posters"],
            film["images"]["backdrops"],
            film["keywords"]["keywords"],
            film["release_dates"]["results"],
            film["alternative_titles"]["titles"],
            film["recommendations"]["results"],
            film["similar"]["results"],
            film["reviews"]["results"],
            film["translations"]["translations"],
            film["videos"]["results"],
            film["watch/providers"]["results"],
            film["external_ids"]["facebook_id"],
        )
    )
