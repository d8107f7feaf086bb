"""Turn events into TMDB's change feed: which films changed, and for one film which keys, from what to what.

The list of films says neither what nor when. Votes and popularity are in neither of the two. A film that is gone, or so
new that TMDB has not looked at it yet, is listed with `adult: null`, as in the recorded lists.

What TMDB writes when a film is added or deleted is not recorded; `general` is one of its documented keys, and
`destroyed` one of its actions.

https://developer.themoviedb.org/docs/tracking-content-changes
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from heapq import merge
from typing import Any

from ayne.sandbox.chance import SIZE, Dice, draws
from ayne.sandbox.films.columns import Body
from ayne.sandbox.series.guide import Place

from .events import ADDED, DAY, DELETED, EDITED, MERGED, RETURNED, Event
from .journal import is_in_feed

_ACTIONS = {ADDED: "added", RETURNED: "added", DELETED: "destroyed", MERGED: "destroyed"}
#: Texts belong to a language; the sandbox has one.
_TEXTS = {"overview", "tagline", "title", "name"}

#: Tells the details of a film before and after an event, with the part that was edited.
Told = Callable[[Event], tuple[Body, Body]]


#: Films above this id are none of the sandbox.
ELSEWHERE = 100_000_000
_DIFFERENT = 1_000_000


def films_in(events: Iterable[Event], elsewhere: Iterable[tuple[int, int]] = ()) -> list[int]:
    """Return the films of the list of changes: each once, the oldest change first.

    Args:
        events: What happened, in the order of time.
        elsewhere: What happened to films that are none of the sandbox: moments and ids, in that order too.
    """
    named = ((event.at, event.film) for event in events if is_in_feed(event))
    return list(dict.fromkeys(film for _, film in merge(named, elsewhere)))


def named_elsewhere(seed: int, midnight: int, films: int) -> list[tuple[int, int]]:
    """Return at which moments of a day how many films change that are none of the sandbox, and their ids.

    >>> [film for _, film in named_elsewhere(1, 86_400, 2)]
    [100000002, 100000003]
    """
    first = midnight // DAY * films
    moments = sorted(midnight + 1 + draw * (DAY - 1) // SIZE for draw in draws(seed, f"{midnight}/elsewhere", films))
    return [(at, ELSEWHERE + (first + number) % _DIFFERENT) for number, at in enumerate(moments)]


def film_feed(events: Iterable[Event], told: Told) -> list[Body]:
    """Return the `changes` of `/movie/{id}/changes`: the items of each key, in the order of time."""
    items: dict[str, list[Body]] = {}
    for event in events:
        if is_in_feed(event):
            items.setdefault(event.key or "general", []).extend(_items(event, told))
    return [{"key": key, "items": found} for key, found in items.items()]


def season_feed(events: Iterable[Event], season: int) -> list[Body]:
    """Return the `changes` of `/tv/season/{id}/changes`: which episodes were edited, and when."""
    items = []
    for event in events:
        place = Place.read(event.field)
        if place is not None and place.season == season:
            value = {"episode_id": place.episode, "episode_number": place.episode_number}
            item = _item(event, 0, "updated", value=value)
            # A season's items have a language, and no country.
            items.append({name: told for name, told in item.items() if name != "iso_3166_1"})
    return [{"key": "episode", "items": items}] if items else []


def episode_feed(events: Iterable[Event], episode: int) -> list[Body]:
    """Return the `changes` of `/tv/episode/{id}/changes`: which fields were edited, and when."""
    items: dict[str, list[Body]] = {}
    for event in events:
        place = Place.read(event.field)
        if place is not None and place.episode == episode:
            action = "added" if event.before is None else "updated"
            before = {} if event.before is None else {"original_value": event.before}
            items.setdefault(place.name or "general", []).append(_item(event, 0, action, value=event.value, **before))
    return [{"key": key, "items": found} for key, found in items.items()]


def _items(event: Event, told: Told) -> list[Body]:
    if event.kind != EDITED:
        return [_item(event, 0, _ACTIONS[event.kind])]
    if event.field:
        return [_field(event)]
    before, after = (list(_ROWS[event.key](body)) for body in told(event))
    rows = [("added", {"value": row}) for row in after if row not in before]
    rows += [("deleted", {"original_value": row}) for row in before if row not in after]
    if not rows:
        return [_item(event, 0, "updated")]
    return [_item(event, number, action, **value) for number, (action, value) in enumerate(rows)]


def _field(event: Event) -> Body:
    place = Place.read(event.field)
    if place is not None:
        # What it was that changed stands at the season, and there at the episode.
        return _item(event, 0, "updated", value={"season_id": place.season, "season_number": place.season_number})
    value, before = event.value, event.before
    if event.field == "poster_path":
        return _item(event, 0, "added", value={"poster": {"file_path": value}})
    if event.field == "release_date":
        dates = [_release_date(day) if day else None for day in (value, before)]
        value, before = dates
    if before in (None, "", 0):
        return _item(event, 0, "added", value=value)
    return _item(event, 0, "updated", value=value, original_value=before)


def _item(event: Event, number: int, action: str, **values: Any) -> Body:
    time = datetime.fromtimestamp(event.at, UTC)
    is_text = event.field in _TEXTS
    return {
        # TMDB's ids start with their second, as those of its database do.
        "id": f"{event.at:08x}{Dice(event.film, event.at, event.key, number).hex(16)}",
        "action": action,
        "time": f"{time:%Y-%m-%d %H:%M:%S} UTC",
        "iso_639_1": "en" if is_text else "",
        "iso_3166_1": "US" if is_text else "",
        **values,
    }


def _release_date(day: str) -> Body:
    return {"iso_3166_1": "US", "iso_639_1": "", "release_date": day, "certification": "", "type": 3, "note": ""}


def _some(*names: str) -> Callable[[Body], Body]:
    return lambda row: {name: row[name] for name in names}


def _cast(body: Body) -> Iterator[Body]:
    fields = _some("character", "order", "cast_id", "credit_id")
    return ({"person_id": row["id"]} | fields(row) for row in body["credits"]["cast"])


def _crew(body: Body) -> Iterator[Body]:
    fields = _some("department", "job", "credit_id")
    return ({"person_id": row["id"]} | fields(row) for row in body["credits"]["crew"])


def _releases(body: Body) -> Iterator[Body]:
    for country in body["release_dates"]["results"]:
        for release in country["release_dates"]:
            yield {
                "iso_3166_1": country["iso_3166_1"],
                "iso_639_1": release["iso_639_1"],
                "release_date": release["release_date"][:10],
                "certification": release["certification"],
                "type": release["type"],
                "note": release["note"],
            }


def _images(body: Body) -> Iterator[Body]:
    for kinds, kind in (("backdrops", "backdrop"), ("logos", "title_logo"), ("posters", "poster")):
        for image in body["images"][kinds]:
            yield {kind: {"file_path": image["file_path"], "iso_639_1": image["iso_639_1"]}}


def _regulars(body: Body) -> Iterator[Body]:
    fields = _some("character", "order", "credit_id")
    return ({"person_id": row["id"], "add_to_every_season": False} | fields(row) for row in body["credits"]["cast"])


def _listed(part: str, name: str) -> Callable[[Body], list[Body]]:
    """Films keep the rows of some parts under a name of their own, series always under `results`."""
    return lambda body: body[part].get(name) or body[part].get("results") or []


#: The rows that an edit under a key can add and take away.
_ROWS: dict[str, Callable[[Body], Iterable[Any]]] = {
    "genres": lambda body: map(_some("name", "id"), body["genres"]),
    "cast": _cast,
    "crew": _crew,
    "season_regular": _regulars,
    "certifications": lambda body: map(_some("iso_3166_1", "rating"), body["content_ratings"]["results"]),
    "plot_keywords": lambda body: map(_some("name", "id"), _listed("keywords", "keywords")(body)),
    "release_dates": _releases,
    "alternative_titles": _listed("alternative_titles", "titles"),
    "translations": lambda body: (f"{t['iso_639_1']}-{t['iso_3166_1']}" for t in body["translations"]["translations"]),
    "videos": lambda body: map(_some("id", "name", "key", "size", "site", "type"), body["videos"]["results"]),
    "images": _images,
}
