"""Two roads lead from a body to a record; whatever the fast one decodes is what the careful one reads."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any, NamedTuple

import pytest

from ayne.data_collection.tmdb import records
from ayne.data_collection.tmdb.layouts import layout_of
from ayne.data_collection.tmdb.well_formed import WellFormedDetails, WellFormedPage
from ayne.errors import SourceError
from ayne.kinds import MOVIE
from ayne.sandbox.answers import Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    received_at: datetime = datetime(2026, 9, 1, tzinfo=UTC)


LAYOUT = layout_of(MOVIE)

ROADS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "details": (WellFormedDetails(MOVIE).decode, partial(records._details_field_by_field, layout=LAYOUT, asked=())),
    "page": (WellFormedPage(MOVIE).decode, partial(records._page_field_by_field, layout=LAYOUT)),
}

STRANGE: list[Any] = [
    *(
        None,
        True,
        0,
        1,
        -1,
        0.0,
        7.0,
        1e400,
        2**63,
        10**400,
        "",
        "7",
        "tt0137523",
        " tt0137523 ",
        "7.0",
        "null",
        "NaN",
        "1999-13-01",
        "1999-01-01",
    ),
    *("\ud800", [], {}, [None], [{}], [[]], {"id": 1}, [{"id": 1}], [{"id": "1", "name": "x"}], {"id": 1, "name": "x"}),
    *("tt0137523", " tt0137523 ", "xx"),
    *([{"id": 1, "name": None}], [{"iso_639_1": "", "name": None}], ["US", None], [1, None], {"id": 1, "name": None}),
    *([{"id": 1, "name": "x"}], [{"id": 1.0, "name": "x", "new": 1}], [{"iso_639_1": "en", "name": "x"}], [1], ["US"]),
]
KEYS = [
    "id",
    "genres",
    "status_code",
    "success",
    "new_key",
    "media_type",
    "credits",
    "casts",
    "watch/providers",
    "title",
]


def sandbox_bodies() -> Iterator[tuple[str, bytes]]:
    films = Catalogue.generated(300, seed=3)
    app = SandboxApp(films)
    parts = "credits,keywords,watch/providers,changes"
    for film in films.ids(range(20)):
        for query in ("api_key=x", f"api_key=x&append_to_response={parts}"):
            yield "details", app.answer(Request("GET", f"/3/movie/{film}", query)).body
    for page in range(1, 4):
        yield "page", app.answer(Request("GET", "/3/discover/movie", f"api_key=x&page={page}")).body


def careful(kind: str, body: bytes) -> Any:
    try:
        return ROADS[kind][1](Answer(200, body))
    except SourceError as error:
        return error


def assert_same_road(kind: str, body: bytes) -> bool:
    """Whether the fast road was taken; what it gives is what the careful one gives."""
    fast = ROADS[kind][0](Answer(200, body))
    if fast is None:
        return False
    slow = careful(kind, body)
    assert fast == slow
    # 7 is 7.0, and True is 1; the database would tell them apart.
    assert json.dumps(fast, sort_keys=True) == json.dumps(slow, sort_keys=True)
    return True


def mutated(body: bytes, chance: Random) -> bytes:
    """A body that is a little different: a value, a key, or a byte."""
    if chance.random() < 0.2:
        place = chance.randrange(len(body))
        return body[:place] + bytes([chance.randrange(256)]) + body[place + chance.randrange(2) :]
    found = json.loads(body)
    at = found
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = chance.choice([*keys, chance.choice(KEYS)] if isinstance(at, dict) else keys or [None])
        inner = at[key] if key in keys else None
        if inner and isinstance(inner, dict | list) and chance.random() < 0.6:
            at = inner
            continue
        if key in keys and chance.random() < 0.2:
            del at[key]
        elif key is not None:
            at[key] = chance.choice(STRANGE)
        # Python writes Infinity, which is a byte too many for JSON: that too is a body.
        return json.dumps(found, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def test_the_sandbox_s_bodies_take_the_fast_road() -> None:
    assert [kind for kind, body in sandbox_bodies() if not assert_same_road(kind, body)] == []


# tests/integration/test_any_body.py has more of them.
@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_changed_in_a_body_both_roads_agree(seed: int) -> None:
    both_roads_agree(seed)


def both_roads_agree(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - reproducible
    bodies = list(sandbox_bodies())
    taken = 0
    for _ in range(1500):
        kind, body = chance.choice(bodies)
        for _ in range(chance.randint(1, 3)):
            body = mutated(body, chance)
            try:
                json.loads(body)
            except ValueError:
                break
        taken += assert_same_road(kind, body)
    # A fast road that is never taken agrees with anything.
    assert 100 < taken < 1400


@pytest.mark.parametrize("status", [206, 304, 404, 500])
def test_only_a_success_takes_the_fast_road(status: int) -> None:
    for kind, body in sandbox_bodies():
        assert ROADS[kind][0](Answer(status, body)) is None
