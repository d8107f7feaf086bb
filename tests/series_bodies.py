"""Bodies of series with their seasons, as TMDB would send them, and the records that are read of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ayne.data_collection.tmdb.models import MovieDetails
from ayne.data_collection.tmdb.records import read_and_keep
from ayne.kinds import SERIES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)

Body = dict[str, Any]


class Answer(NamedTuple):
    """An answer as readers know it."""

    body: bytes
    received_at: datetime = NOW
    status: int = 200
    headers: Mapping[str, str] = {}


def episode(number: int, **values: Any) -> Body:
    """An episode; its id is its number unless it is given."""
    known = {"id": number, "name": f"Episode {number}", "episode_number": number, "season_number": 1}
    return {
        **known,
        "air_date": "2024-01-01",
        "vote_count": 3,
        "vote_average": 7.0,
        "guest_stars": [],
        "crew": [],
    } | values


def season(number: int, *episodes: Body, **values: Any) -> Body:
    """A season as it comes under its number; its id is 100 more."""
    return {"id": 100 + number, "_id": "a", "season_number": number, "name": f"Season {number}"} | {
        "episodes": [{**each, "season_number": number} for each in episodes],
        **values,
    }


def body_of(*seasons: Body, named: Iterable[Any] | None = None, **values: Any) -> Body:
    """A series with these seasons, which its list names unless it says otherwise."""
    listed = [
        {"id": each["id"], "season_number": each["season_number"], "episode_count": len(each["episodes"])}
        for each in seasons
    ]
    return {
        "id": 9,
        "name": "Nine",
        "number_of_seasons": len(seasons),
        "seasons": listed if named is None else list(named),
        **{f"season/{each['season_number']}": each for each in seasons},
    } | values


def answered(body: Body, at: datetime = NOW) -> Answer:
    """The answer that has a body."""
    return Answer(json.dumps(body).encode(), at)


def series(*seasons: Body, at: datetime = NOW, parts: Iterable[str] = (), **values: Any) -> MovieDetails:
    """The record of a series with these seasons."""
    return read(body_of(*seasons, **values), at, parts)


def read(body: Body, at: datetime = NOW, parts: Iterable[str] = ()) -> MovieDetails:
    """The record of a body."""
    return read_and_keep(answered(body, at), SERIES, parts)
