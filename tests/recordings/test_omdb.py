"""Every recorded body of OMDb, 2016 to 2026. They are no part of the repository; without them this is skipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ayne.data_collection.omdb.models import OMDbMovie
from ayne.data_collection.omdb.records import read_title
from ayne.errors import BadPayload, Malformed, NotFound
from tests.unit.test_omdb_records import Answer


def titles(recordings: Path) -> dict[str, bytes]:
    """Each recorded title, by where it stands."""
    found = {file.name: file.read_bytes() for file in sorted((recordings / "omdb" / "title").glob("*.json"))}
    for file in sorted((recordings / "omdb" / "arrays").glob("*.json")):
        found |= {
            f"{file.name}[{n}]": json.dumps(body).encode() for n, body in enumerate(json.loads(file.read_bytes()))
        }
    return {name: body for name, body in found.items() if "imdbID" in json.loads(body)}


def read(body: bytes) -> OMDbMovie:
    return read_title(Answer(200, body), json.loads(body)["imdbID"])


def test_every_recorded_title_is_read_whole(recordings: Path) -> None:
    movies = {name: read(body) for name, body in titles(recordings).items()}
    assert len(movies) >= 50
    odd = {name: sorted(movie["raw"]) for name, movie in movies.items() if movie["raw"]}
    assert {key for keys in odd.values() for key in keys if not key.startswith("tomato")} == set()
    assert list(odd) == ["t=inception_tomatoes=true__2016-06-10.json"]
    for movie in movies.values():
        msgspec.convert(movie, OMDbMovie)


def test_nothing_is_unknown_but_what_omdb_does_not_know(recordings: Path) -> None:
    keys = {"Runtime": "runtime", "Released": "released", "imdbVotes": "imdb_votes", "BoxOffice": "box_office"}
    keys |= {"Year": "year", "imdbRating": "imdb_rating", "Metascore": "metascore", "Rated": "rated", "DVD": "dvd"}
    for body in titles(recordings).values():
        movie: Mapping[str, Any] = read(body)
        for key, name in keys.items():
            assert (movie[name] is None) == (json.loads(body).get(key, "N/A") == "N/A"), key


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("i=tt0411008__2016-06-10.json", "end_year", 2010),
        ("t=Game_of_Thrones__2016-06-10.json", "end_year", None),
        ("episode=1_season=1_t=True_Detective__2016-06-10.json", "imdb_votes", 10_914),
        ("episode=1_season=1_t=True_Detective__2016-06-10.json", "series_id", "tt2356777"),
        ("t=inception_tomatoes=true__2016-06-10.json", "box_office", 292_600_000),
        ("t=inception_tomatoes=true__2016-06-10.json", "rotten_tomatoes", 86),
        ("t=inception_tomatoes=true__2016-06-10.json", "dvd", "2010-12-07"),
        ("t=Star_Wars__2016-06-10.json", "type", "game"),
        ("t=Star_Wars__2016-06-10.json", "runtime", None),
        ("i=tt0770828_plot=short__2026-02-13.json", "rotten_tomatoes", 57),
    ],
)
def test_the_odd_ones_are_read_as_they_are_meant(recordings: Path, name: str, key: str, value: Any) -> None:
    movie: Mapping[str, Any] = read((recordings / "omdb" / "title" / name).read_bytes())
    assert movie[key] == value


def test_every_recorded_error_says_that_there_is_no_such_title(recordings: Path) -> None:
    files = sorted((recordings / "omdb" / "errors").glob("*.json"))
    assert len(files) >= 3
    for file in files:
        with pytest.raises(NotFound):
            read_title(Answer(200, file.read_bytes()), "tt9999999")


def test_what_is_no_title_is_not_taken_for_one(recordings: Path) -> None:
    files = sorted((recordings / "omdb" / "search").glob("*.json"))
    season = recordings / "omdb" / "title" / "season=1_t=True_Detective__2016-06-10.json"
    assert len(files) >= 15
    # An answer about a title, though not this one's own, is OMDb's last word about it.
    for file, kind in [*((file, BadPayload) for file in files), (season, Malformed)]:
        with pytest.raises(kind):
            read_title(Answer(200, file.read_bytes()), "tt2356777")
