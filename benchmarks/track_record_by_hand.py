"""The track record of films, reckoned from TMDB's answers as slowly and plainly as can be: it judges the macro.

Nothing of ayne is imported here, and no SQL is spoken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from math import fsum
from statistics import median
from typing import Any

Body = Mapping[str, Any]
Record = dict[str, Any]

_WRITING = {"Writer", "Screenplay", "Story", "Teleplay"}


def track_records(
    wanted: Iterable[int], bodies: Iterable[Body], day: date, billed: int = 5, fetched: Iterable[Body] = ()
) -> list[Record]:
    """Return a record for each wanted film and role that somebody has in it.

    Args:
        wanted: TMDB's ids of the films.
        bodies: the answers of all films that are known, with their credits.
        day: films that came out later had not been made yet.
        billed: how many of the cast count.
        fetched: the answers of people that are known, with their combined credits.
    """
    films = [(_day(body), body, _people(body, billed)) for body in bodies if body.get("release_date")]
    told = list(fetched)
    films += _told_by_people(told, {body["id"] for _, body, _ in films}, billed)
    known = {person["id"] for person in told}
    found = []
    for film in sorted(wanted):
        for released, body, people in films:
            if body["id"] != film:
                continue
            for role in ("cast", "director", "writer"):
                theirs = people[role]
                before = [b for then, b, others in films if then < released and then <= day and theirs & others[role]]
                if theirs:
                    whose = {"people": len(theirs), "people_fetched": len(theirs & known)}
                    found.append({"tmdb_id": film, "role": role} | whose | _added_up(before, released))
    return found


def _told_by_people(people: list[Body], stored: set[int], billed: int) -> list[tuple[date, Body, dict[str, set[int]]]]:
    """The films that only people tell of. What they took is not said there."""
    found: dict[int, tuple[date, Body, dict[str, set[int]]]] = {}
    for person in people:
        both = person["combined_credits"]
        for row in [*both["cast"], *both["crew"]]:
            if row["media_type"] != "movie" or row["id"] in stored or not row.get("release_date"):
                continue
            if "job" not in row:
                role = "cast" if row["order"] < billed else None
            else:
                role = "director" if row["job"] == "Director" else "writer" if row["job"] in _WRITING else None
            if role:
                nobody: dict[str, set[int]] = {"director": set(), "writer": set(), "cast": set()}
                _, _, theirs = found.setdefault(row["id"], (_day(row), {**row, "revenue": 0}, nobody))
                theirs[role].add(person["id"])
    return list(found.values())


def _day(body: Body) -> date:
    return date.fromisoformat(body["release_date"])


def _people(body: Body, billed: int) -> dict[str, set[int]]:
    """Who has each role in a film."""
    cast: list[int] = []
    for actor in sorted(body["credits"]["cast"], key=lambda actor: (actor["order"], actor["id"])):
        if actor["id"] not in cast:
            cast.append(actor["id"])
    crew = body["credits"]["crew"]
    return {
        "director": {member["id"] for member in crew if member["job"] == "Director"},
        "writer": {member["id"] for member in crew if member["job"] in _WRITING},
        "cast": set(cast[:billed]),
    }


def _added_up(earlier: list[Body], released: date) -> Record:
    """What earlier films amount to. TMDB writes 0 for a revenue that it does not know."""
    revenues = [film["revenue"] for film in earlier if film["revenue"]]
    votes = sum(film["vote_count"] for film in earlier)
    rated = [film for film in earlier if film["vote_average"]]
    last = max((_day(film) for film in earlier), default=None)
    return {
        "films": len(earlier),
        "revenue": sum(revenues) if revenues else None,
        "median_revenue": median(revenues) if revenues else None,
        "films_with_revenue": len(revenues),
        "votes": votes if earlier else None,
        "vote_average": (
            fsum(film["vote_average"] * film["vote_count"] for film in rated)
            / sum(film["vote_count"] for film in rated)
            if rated
            else None
        ),
        "last_released": last,
        "years_since_last": (released - last).days / 365.25 if last else None,
    }
