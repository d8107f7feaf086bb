"""The edits of a series: of one of its fields or parts, or one of its episodes.

An edit of an episode says in its field which episode it is about, as `Place` writes it. The change feed names it at
the series, under the key `season`.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from ayne.sandbox.chance import Dice
from ayne.sandbox.films import words
from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.invention import invented_overview, invented_title
from ayne.sandbox.series.guide import GONE, Guide
from ayne.sandbox.series.plan import Season
from ayne.sandbox.television import Television

from .edits import COLUMN_OF_KEY, Choices, Edit

#: TMDB's change key of an episode's edit, and of a season's.
SEASON = "season"
_EPISODE = "episode"
_PARTS = {
    "season_regular": "credits",
    "crew": "credits",
    "plot_keywords": "keywords",
    "alternative_titles": "alternative_titles",
    "translations": "translations",
    "videos": "videos",
    "images": "images",
    "certifications": "content_ratings",
}
_TOPICS = (
    *["name"] * 5, *["overview"] * 12, *["tagline"] * 4, *["homepage"] * 4, *["poster_path"] * 10, *["genres"] * 5,
    *[_EPISODE] * 34, *[*_PARTS] * 5,
)  # fmt: skip


def series_edit(dice: Dice, scene: Television, series: int, today: date, choices: Choices) -> Edit:
    """Return a change that leaves the series different from what it was."""
    body = scene.details(series)
    position = scene.position(series)
    if body is None or position is None:
        raise LookupError(f"series {series} was never made")
    for _ in range(20):
        topic = dice.pick(_TOPICS)
        made = _edit(dice, topic, body, scene.lore.guide(position), choices)
        if made is not None:
            return made
    return Edit("videos", part="videos")


def _edit(dice: Dice, topic: str, body: Body, guide: Guide, choices: Choices) -> Edit | None:
    if topic == _EPISODE:
        return _episode_edit(dice, guide)
    if topic in _FIELDS:
        value = _FIELDS[topic](dice)
        key = "images" if topic == "poster_path" else topic
        return None if value == body[topic] else Edit(key, topic, value, before=body[topic])
    column = COLUMN_OF_KEY.get("cast" if topic == "season_regular" else topic, "")
    code = choices.code(dice, column) if column else None
    if column and code is None:
        return None
    return Edit(topic, column=column, value=code, part=_PARTS.get(topic, ""))


def _overview(dice: Dice) -> str:
    return f"A {dice.pick(words.TRADES)} {dice.pick(words.DEEDS)}. {dice.pick(words.TWISTS)}"


_FIELDS: dict[str, Callable[[Dice], Any]] = {
    "name": lambda dice: f"{invented_title(dice)} {dice.pick(words.ENDINGS)}",
    "overview": _overview,
    "tagline": lambda dice: dice.pick(words.TAGLINES),
    "homepage": lambda dice: f"https://series.example/{dice.hex(8)}",
    "poster_path": lambda dice: dice.image(),
}
_EPISODE_FIELDS: tuple[tuple[str, Callable[[Dice, Body], Any]], ...] = (
    ("name", lambda dice, body: invented_title(dice)),
    ("overview", lambda dice, body: invented_overview(dice)),
    ("still_path", lambda dice, body: dice.image()),
    ("runtime", lambda dice, body: (body["runtime"] or 20) + dice.between(1, 9)),
    ("air_date", lambda dice, body: _put_right(dice, body["air_date"])),
)


#: A number can be that of another episode for a while, as when editors put them in order one by one.
_NUMBER: tuple[str, Callable[[Dice, Body], Any]] = ("episode_number", lambda dice, body: body["episode_number"] + 1)


def _episode_edit(dice: Dice, guide: Guide) -> Edit | None:
    """One edit in sixty removes an episode, and one gives it another number; the others put something right."""
    season = _some_season(dice, guide)
    if season is None:
        return None
    place = dice.below(season[1])
    if guide.is_gone(season[0], place):
        return None
    body = guide.shown(season[0], place)
    rare = dice.below(60)
    if rare == 0:
        return Edit(SEASON, guide.place(season[0], place, GONE).written, value=True, before=False)
    name, made = _NUMBER if rare == 1 else dice.pick(_EPISODE_FIELDS)
    value = made(dice, body)
    if value is None or value == body[name]:
        return None
    return Edit(SEASON, guide.place(season[0], place, name).written, value, before=body[name])


def _some_season(dice: Dice, guide: Guide) -> tuple[Season, int] | None:
    seasons: Sequence[tuple[Season, int]] = [each for each in guide.seasons if each[1]]
    if not seasons:
        return None
    # Editors are mostly busy with what is new.
    return seasons[-1] if dice.chance(60) else dice.pick(seasons)


def _put_right(dice: Dice, day: str | None) -> str | None:
    return (date.fromisoformat(day) + timedelta(dice.between(1, 3))).isoformat() if day else None


def news(before: Guide, after: Guide) -> list[Edit]:
    """Return what has come to pass between two moments, told as edits: dates, seasons and episodes that are known now.

    >>> from ayne.sandbox.television import Television
    >>> guide = Television.generated(9).lore.guide(0)
    >>> news(guide, guide)
    []
    """
    found = []
    if before.status != after.status:
        found.append(Edit("status", "status", after.status, before=before.status))
    counts = {season.slot: known for season, known in before.seasons}
    for season, known in after.seasons:
        was = counts.get(season.slot)
        is_dated = season.is_dated(after.known_on) != season.is_dated(before.known_on)
        if was != known or is_dated:
            found.append(Edit(SEASON, after.place(season, max(0, known - 1)).written, value=known, before=was))
    return found
