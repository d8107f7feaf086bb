"""The edits of a film: one change at a time, under TMDB's own name for it.

Most edits give a field of the details another value. The others change a part (the cast, the keywords, …), which only
gets another revision here: what it holds then is the business of the part.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from ayne.sandbox.chance import Dice, weighted
from ayne.sandbox.films import words
from ayne.sandbox.films.columns import Body

#: TMDB's change key of each part that is edited.
PART_OF_KEY = {
    "cast": "credits",
    "crew": "credits",
    "plot_keywords": "keywords",
    "release_dates": "release_dates",
    "alternative_titles": "alternative_titles",
    "translations": "translations",
    "videos": "videos",
    "images": "images",
}
#: The columns that hold codes which are edited, and the lists beside them that tell what a code means.
MEANINGS = {
    "genres": "genre_lists",
    "keywords": "keyword_lists",
    "ensembles": "ensemble_list",
    "releases": "release_patterns",
}
COLUMN_OF_KEY = {
    "genres": "genres",
    "plot_keywords": "keywords",
    "cast": "ensembles",
    "crew": "ensembles",
    "release_dates": "releases",
}
_NEXT_STATUS = {"Rumored": "Planned", "Planned": "In Production", "In Production": "Post Production"}


class Choices(NamedTuple):
    """What an editor can choose from."""

    code: Callable[[Dice, str], int | None]
    """Picks another code for the film in a column; None when no other one is found."""
    imdb_ids: Sequence[str]
    """The IMDb ids that can be this film's."""


class Edit(NamedTuple):
    """A change of a field of the details, of a code, or of a part."""

    key: str
    """TMDB's change key."""
    field: str = ""
    value: Any = None
    column: str = ""
    """The column whose code is another one: `value`."""
    part: str = ""
    before: Any = None
    """What the field held until now."""


def edit(dice: Dice, body: Body, today: date, choices: Choices) -> Edit:
    """Return a change that leaves the film different from what it was."""
    for _ in range(20):
        topic = dice.pick(_TOPICS)
        if topic not in _FIELDS:
            key = topic.removeprefix(_PART)
            column = COLUMN_OF_KEY.get(key, "")
            code = choices.code(dice, column) if column else None
            if code is not None:
                return Edit(key, column=column, value=code, part=PART_OF_KEY.get(key, ""))
            if not column:
                return Edit(key, part=PART_OF_KEY[key])
            continue
        name = _NAME_OF_TOPIC.get(topic, topic)
        value = _FIELDS[topic](dice, body, today, choices)
        if value is not None and value != body[name]:
            return Edit(_KEY_OF_TOPIC.get(topic, topic), name, value, before=body[name])
    return Edit("videos", part="videos")


def _title(dice: Dice, body: Body, today: date, choices: Choices) -> str:
    title = f"{dice.pick(words.ARTICLES)} {dice.pick(words.ADJECTIVES)} {dice.pick(words.NOUNS)}"
    return f"{title} {dice.pick(words.LINKS)} {dice.pick(words.PLACES)}" if dice.chance(50) else title


def _original_title(dice: Dice, body: Body, today: date, choices: Choices) -> str:
    language = body["original_language"]
    if language not in words.NATIVE:
        return _title(dice, body, today, choices)
    joiner, native = words.NATIVE[language]
    return joiner.join(dice.some(native, 3))


def _overview(dice: Dice, body: Body, today: date, choices: Choices) -> str:
    hero = f"A {dice.pick(words.TRADES)} from {dice.pick(words.PLACES)}"
    return f"{hero} {dice.pick(words.DEEDS)}. {dice.pick(words.TWISTS)}"


def _tagline(dice: Dice, body: Body, today: date, choices: Choices) -> str:
    return dice.pick(words.TAGLINES)


def _runtime(dice: Dice, body: Body, today: date, choices: Choices) -> int:
    return max(1, body["runtime"] + dice.between(-6, 12)) if body["runtime"] else dice.between(60, 150)


def _budget(dice: Dice, body: Body, today: date, choices: Choices) -> int:
    return dice.between(1, 400) * 250_000


def _revenue(dice: Dice, body: Body, today: date, choices: Choices) -> int | None:
    if body["status"] != "Released" or not body["vote_count"]:
        return None
    return int(body["revenue"]) * dice.between(101, 130) // 100 + dice.between(1000, 900_000)


def _status(dice: Dice, body: Body, today: date, choices: Choices) -> str | None:
    if body["status"] in _NEXT_STATUS:
        return "Canceled" if dice.chance(4) else _NEXT_STATUS[body["status"]]
    return None


def _release_date(dice: Dice, body: Body, today: date, choices: Choices) -> str | None:
    """A film that is out gets a date put right; one that is not out yet gets another day ahead, and tells it late."""
    known = date.fromisoformat(body["release_date"]) if body["release_date"] else None
    if body["status"] == "Canceled":
        return None
    if body["status"] == "Released":
        put_right = (known or today) - timedelta(dice.between(-20, 40))
        return min(put_right, today).isoformat() if put_right.year >= 1874 else None
    return (max(known or today, today) + timedelta(dice.between(1, 200))).isoformat()


def _poster(dice: Dice, body: Body, today: date, choices: Choices) -> str:
    return dice.image()


def _imdb_id(dice: Dice, body: Body, today: date, choices: Choices) -> str | None:
    return dice.pick(choices.imdb_ids) if choices.imdb_ids else None


def _homepage(dice: Dice, body: Body, today: date, choices: Choices) -> str:
    return "" if body["homepage"] and dice.chance(30) else f"https://films.example/{dice.hex(8)}"


_PART = "part of "
_NAME_OF_TOPIC = {"poster": "poster_path"}
_KEY_OF_TOPIC = {"poster": "images", "release_date": "release_dates"}
_FIELDS: dict[str, Callable[[Dice, Body, date, Choices], Any]] = {
    "title": _title,
    "original_title": _original_title,
    "overview": _overview,
    "tagline": _tagline,
    "runtime": _runtime,
    "budget": _budget,
    "revenue": _revenue,
    "status": _status,
    "release_date": _release_date,
    "poster": _poster,
    "imdb_id": _imdb_id,
    "homepage": _homepage,
}
_TOPICS = weighted(
    ("title", 5), ("original_title", 2), ("overview", 12), ("tagline", 6), ("runtime", 6), ("budget", 4),
    ("revenue", 5), ("status", 4), ("release_date", 6), ("poster", 10), ("imdb_id", 5), ("homepage", 4),
    *((_PART + key, share) for key, share in (
        ("genres", 6), ("cast", 14), ("crew", 10), ("plot_keywords", 9), ("release_dates", 6),
        ("alternative_titles", 4), ("translations", 10), ("videos", 5), ("images", 8),
    )),
)  # fmt: skip
