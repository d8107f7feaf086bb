"""Whatever bodies a source sends, each is decoded or refused with a reason, and what is decoded can be stored.

A trial spoils some hundred good bodies. What was read is compared with what the body says to a plain JSON parser: a
value may be missing, never another one. A sample goes into a database and is read back.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ayne.data_collection.answers import Answer, UnreadableLine
from ayne.data_collection.omdb.records import read_title
from ayne.data_collection.tmdb.changes import read_changes
from ayne.data_collection.tmdb.export_files import read_export
from ayne.data_collection.tmdb.models import ExportedMovie
from ayne.data_collection.tmdb.parts import read_part
from ayne.data_collection.tmdb.records import read_again, read_and_keep, read_page, read_success
from ayne.errors import SourceError
from ayne.kinds import MOVIE
from tests.reliability import spoiling
from tests.reliability.bodies import originals
from tests.reliability.campaign import Campaign, Figures, Tally
from tests.reliability.storing import Haul, store_and_compare

BODIES = 500
_WEIGHTS = {"details": 45, "page": 15, "changes": 5, "authentication": 5, "title": 30}
_EXPORT_LINES = 40
_RECEIVED = datetime(2026, 2, 12, 12, tzinfo=UTC)
# As much of each kind goes into the database.
_STORED = {"details": 40, "page": 5, "title": 40, "changes": 2}
_LONGEST_REASON = 1_000
_HALF_PAIR = re.compile("[\ud800-\udfff]")


class Said(NamedTuple):
    """An answer as a reader sees it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime = _RECEIVED


def _trial(seed: int) -> Tally:
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    tally = Tally()
    haul = Haul()
    for kind in dice.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=BODIES):
        body = spoiling.spoil(dice.choice(originals()[kind]), dice)
        said = Said(spoiling.status(dice), spoiling.headers(dice), body)
        try:
            _READ[kind](said, haul, dice)
            outcome = "decoded"
        except SourceError as error:
            _check_reason(error)
            haul.refused.append(error)
            outcome = "refused"
        tally.counts.update(("bodies", outcome))
    with tempfile.TemporaryDirectory() as folder:
        _read_export(Path(folder) / "export.json.gz", haul, dice, tally)
    tally.counts["stored"] += store_and_compare(haul, _RECEIVED)
    return tally


def _check_reason(error: SourceError) -> None:
    reason = str(error)
    assert reason, "refused without a reason"
    assert reason.isprintable(), f"a reason that could move a terminal: {reason!r}"
    assert len(reason) <= _LONGEST_REASON, f"a reason of {len(reason)} characters"


# --- one reader a kind --------------------------------------------------------------------------------------------


def _read_film(said: Answer, haul: Haul, dice: random.Random) -> None:
    film = read_and_keep(said)
    for part, body in film["parts"].items():
        if part in MOVIE.parts:
            read_part(part, body)
    if dice.random() < 0.1:
        read_again(film["body"], _RECEIVED, ("credits",))
    if dice.random() < 0.2:
        _compare(film, _parsed(said.body), _OF_FILMS)
    _keep(haul.details, film, _STORED["details"])


def _read_list(said: Answer, haul: Haul, dice: random.Random) -> None:
    parsed = _parsed(said.body)
    number = parsed.get("page")
    page = read_page(said, number if type(number) is int else 1)
    if not parsed:
        return  # deeper, or with longer numbers, than the standard library follows
    rows = [row for row in parsed["results"] if type(row) is dict]
    assert page.rows == len(parsed["results"]), f"{page.rows} of {len(parsed['results'])} rows are accounted for"
    if dice.random() < 0.5:
        by_id = {film["tmdb_id"]: film for film in page.results}
        said_ids = {_number(row.get("id")): row for row in rows}
        assert by_id.keys() <= said_ids.keys(), "a film that nobody sent"
        for tmdb_id, film in by_id.items():
            _compare(film, said_ids[tmdb_id], _OF_SUMMARIES)
    _keep(haul.pages, page, _STORED["page"])


def _read_changes(said: Answer, haul: Haul, _dice: random.Random) -> None:
    parsed = _parsed(said.body)
    number = parsed.get("page")
    page = read_changes(said, number if type(number) is int else 1)
    assert not parsed or len(page.films) + len(page.unreadable) == len(parsed["results"])
    _keep(haul.changes, page, _STORED["changes"])


def _read_authentication(said: Answer, _haul: Haul, _dice: random.Random) -> None:
    read_success(said)


def _read_ratings(said: Answer, haul: Haul, dice: random.Random) -> None:
    parsed = _parsed(said.body)
    asked = parsed.get("imdbID")
    movie = read_title(said, asked if type(asked) is str else "tt0137523")
    assert movie["imdb_id"] == asked, "a title that was not asked for"
    if dice.random() < 0.5:
        _compare(movie, parsed, {"title": "Title", "awards": "Awards", "plot": "Plot", "director": "Director"})
    _keep(haul.titles, movie, _STORED["title"])


_READ: dict[str, Callable[[Answer, Haul, random.Random], None]] = {
    "details": _read_film,
    "page": _read_list,
    "changes": _read_changes,
    "authentication": _read_authentication,
    "title": _read_ratings,
}


def _keep(kept: list[Any], found: Any, most: int) -> None:
    if len(kept) < most:
        kept.append(found)


def _read_export(path: Path, haul: Haul, dice: random.Random, tally: Tally) -> None:
    """A file of spoiled lines; now and then the file itself is spoiled."""
    lines = [spoiling.spoil(dice.choice(originals()["export"]), dice) for _ in range(_EXPORT_LINES)]
    packed = gzip.compress(b"\n".join(lines), 1)
    path.write_bytes(spoiling.spoil_bytes(packed, dice) if dice.random() < 0.3 else packed)
    try:
        for film in read_export(path):
            haul.exported.append(film)
            if isinstance(film, UnreadableLine):
                assert film.reason.isprintable()
            tally.counts.update(("bodies", "decoded" if isinstance(film, ExportedMovie) else "refused"))
    except SourceError as error:
        # The lines that it did not come to are not counted.
        _check_reason(error)
        haul.refused.append(error)
        tally.counts.update(("bodies", "refused"))


# --- the plain parser ---------------------------------------------------------------------------------------------

_OF_SUMMARIES = {
    name: name
    for name in (
        "title", "original_title", "overview", "release_date", "vote_average", "vote_count", "popularity",
        "adult", "video",
    )
}  # fmt: skip
_OF_FILMS = {
    **_OF_SUMMARIES,
    **{name: name for name in ("imdb_id", "tagline", "status", "runtime", "budget", "revenue")},
    "tmdb_id": "id",
}


def _parsed(body: bytes) -> dict[str, Any]:
    """What the body says to the parser of the standard library; nothing when it is no object."""
    try:
        found = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _compare(record: Mapping[str, Any], parsed: Mapping[str, Any], names: Mapping[str, str]) -> None:
    if not parsed:
        return  # as above
    for name, key in names.items():
        assert _is_of(record[name], parsed.get(key)), f"{name} is {record[name]!r}, the body says {parsed.get(key)!r}"


def _is_of(got: object, said: Any) -> bool:
    """Whether a value was made of this one; unknown is always allowed."""
    if got is None:
        return True
    if isinstance(got, bool):
        return str(said).lower() in (("true", "1") if got else ("false", "0"))
    if isinstance(got, float):
        return float(_number(said) or 0) == got
    if isinstance(got, int):
        return _number(said) == got
    if isinstance(said, str):
        return got in {said, said.strip(), _HALF_PAIR.sub("\ufffd", said)} or _day(said) == got
    return got == str(said)


def _number(said: Any) -> float | int | None:
    if isinstance(said, int | float):
        return said
    try:
        return int(said)
    except (ValueError, TypeError):
        pass
    try:
        return float(said)
    except (ValueError, TypeError):
        return None


def _day(said: str) -> str | None:
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError:
        return None


def _told(figures: Figures) -> str:
    return (
        f"{figures['bodies']:,} spoiled bodies: {figures['decoded']:,} decoded, {figures['refused']:,} refused with a "
        f"reason, 0 other errors, 0 wrong values; {figures['stored']:,} records stored and read back the same"
    )


GARBAGE = Campaign(
    "garbage", "Whatever is sent is decoded or refused with a reason", _trial, quick=20, long=2_000, told=_told
)
