"""What a client library must find in the sandbox: ids to ask for, and the bodies that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.judges.sandbox_answers import PARTS, Sandbox

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
                )
        raise LookupError("no film has something in every part; take more films")


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
