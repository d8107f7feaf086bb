"""The seasons and episodes of one series, as known at a moment.

Nothing of it is kept: each body is made from the plan of the series, its id, and what was edited since.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ayne.sandbox.chance import Dice
from ayne.sandbox.films.columns import Body, day_text
from ayne.sandbox.films.invention import invented_overview, invented_title

from .columns import STATUSES, Network
from .oddities import REPEATED, UNDATED, UNNUMBERED, WRONG_COUNTS
from .plan import WEEKLY, Plan, Season, episode_id, season_id
from .troupe import Troupe

#: The field that says of an episode that it was removed.
GONE = "gone"


@dataclass(frozen=True, slots=True)
class Place:
    """What an edit of an episode is about; written, it is the field of an event.

    >>> Place.read(Place(70_021, 2, 560_230, 7, "name").written) == Place(70_021, 2, 560_230, 7, "name")
    True
    """

    season: int
    season_number: int
    episode: int
    episode_number: int
    name: str
    """The field of the episode; "" for what is about the season as a whole."""

    @property
    def written(self) -> str:
        """The place as a text."""
        return f"{self.season}/{self.season_number}/{self.episode}/{self.episode_number}/{self.name}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Return the place that a text says; None when it is another field."""
        season, *rest = text.split("/")
        if len(rest) != 4:
            return None
        return cls(int(season), int(rest[0]), int(rest[1]), int(rest[2]), rest[3])


@dataclass(frozen=True)
class Guide:
    """What is known of the seasons of a series."""

    plan: Plan
    seed: int
    known_on: int
    """The day number on whose end everything is known that is known."""
    today: int
    """The day number by which episodes have aired."""
    votes: int
    average: float
    minutes: int
    troupe: Troupe
    networks: tuple[Network, ...]
    edits: Mapping[str, Any] = field(default_factory=dict)
    """Edited fields of episodes, by their place."""
    oddities: frozenset[str] = frozenset()

    @cached_property
    def seasons(self) -> list[tuple[Season, int]]:
        """The seasons, specials first, and how many episodes of each were entered."""
        return self.plan.known(self.known_on)

    @property
    def status(self) -> str:
        """The status of the series."""
        return STATUSES[self.plan.status(self.known_on)]

    @cached_property
    def _edits(self) -> dict[tuple[int, str], Any]:
        places = ((Place.read(text), value) for text, value in self.edits.items())
        return {(place.episode, place.name): value for place, value in places if place is not None and place.name}

    def number(self, season: Season) -> int:
        """Return the number that a season goes by."""
        is_repeated = REPEATED in self.oddities and season.slot > 1 and season is self.seasons[-1][0]
        return season.number - is_repeated

    def counted(self) -> Body:
        """Return the counts that details tell; specials do not count."""
        numbered = [(season, known) for season, known in self.seasons if season.slot]
        episodes = sum(known - len(self._gone(season)) for season, known in numbered)
        # TMDB's own counts lag behind now and then.
        wrong = WRONG_COUNTS in self.oddities
        return {
            "number_of_episodes": max(0, episodes - 7 * wrong),
            "number_of_seasons": len(numbered) + wrong,
        }

    def rows(self) -> list[Body]:
        """Return the `seasons` of the details."""
        return [self._row(season, known) for season, known in self.seasons]

    def aired(self) -> tuple[Body | None, Body | None]:
        """Return `last_episode_to_air` and `next_episode_to_air`."""
        before: tuple[int, Season, int] | None = None
        after: tuple[int, Season, int] | None = None
        for season, known in self.seasons:
            if not season.slot or not season.first:
                continue
            count = min(season.aired(self.today), known)
            if count:
                place = self._kept(season, range(count - 1, -1, -1))
                if place is not None and (before is None or season.day(place) >= before[0]):
                    before = season.day(place), season, place
            place = self._kept(season, range(count, known))
            if place is not None and (after is None or season.day(place) < after[0]):
                after = season.day(place), season, place
        return self._shown(before), self._shown(after)

    def has_episode(self, low: float, high: float) -> bool:
        """Tell whether an episode is known that airs between two day numbers."""
        for season, known in self.seasons:
            if season.first and known and season.first <= high:
                place = season.aired(int(max(low, 1)) - 1)
                if place < known and low <= season.day(place) <= high:
                    return True
        return False

    def found(self, number: int) -> tuple[Season, int] | None:
        """Return the season with a number, and how many episodes of it were entered."""
        return next(((season, known) for season, known in self.seasons if self.number(season) == number), None)

    def season(self, number: int) -> Body | None:
        """Return the body of a season; None when there is none with this number."""
        found = self.found(number)
        if found is None:
            return None
        season, known = found
        row = self._row(season, known)
        return {
            "_id": Dice(self.seed, row["id"], "_id").hex(24),
            "air_date": row["air_date"],
            "episodes": [
                self._episode(season, place) | self.troupe.episode(season, place)
                for place in range(known)
                if not self.is_gone(season, place)
            ],
            "name": row["name"],
            "networks": [each._asdict() for each in self.networks],
            "overview": row["overview"],
            "id": row["id"],
            "poster_path": row["poster_path"],
            "season_number": row["season_number"],
            "vote_average": row["vote_average"],
        }

    def placed(self, number: int, episode_number: int) -> tuple[Season, int] | None:
        """Return the season of an episode, and its place there; None when there is no such episode."""
        found = self.found(number)
        if found is None:
            return None
        season, known = found
        for place in range(known):
            if self._number(season, place) == episode_number and not self.is_gone(season, place):
                return season, place
        return None

    def episode(self, number: int, episode_number: int) -> Body | None:
        """Return the body of an episode; None when there is none with these numbers."""
        placed = self.placed(number, episode_number)
        return None if placed is None else self._episode(*placed) | self.troupe.episode(*placed)

    def episodes(self) -> Iterator[tuple[Season, int]]:
        """Yield all known episodes, as seasons and places."""
        for season, known in self.seasons:
            for place in range(known):
                if not self.is_gone(season, place):
                    yield season, place

    def shown(self, season: Season, place: int) -> Body:
        """Return an episode as it stands in details and groups."""
        return self._episode(season, place)

    def place(self, season: Season, place: int, name: str = "") -> Place:
        """Return what an edit of a field of an episode is about."""
        episode = episode_id(self.plan.series, season.base + place)
        number = self._number(season, place)
        return Place(season_id(self.plan.series, season.slot), self.number(season), episode, number, name)

    def _row(self, season: Season, known: int) -> Body:
        number = season_id(self.plan.series, season.slot)
        dice = Dice(self.seed, number, "season")
        is_dated = season.is_dated(self.known_on) and UNDATED not in self.oddities
        usual = "Specials" if season.slot == 0 else f"Season {season.number}"
        is_rated = self.votes and season.first and season.first <= self.today
        return {
            "air_date": day_text(season.first) if is_dated else None,
            "episode_count": known - len(self._gone(season)),
            "id": number,
            "name": invented_title(dice) if season.slot and dice.chance(8) else usual,
            "overview": invented_overview(dice) if dice.chance(40) else "",
            "poster_path": None if dice.chance(15) else dice.image(),
            "season_number": self.number(season),
            "vote_average": _around(dice, self.average, 1) if is_rated else 0.0,
        }

    def _episode(self, season: Season, place: int) -> Body:
        number = episode_id(self.plan.series, season.base + place)
        dice = Dice(self.seed, number)
        day, chance = season.day(place), dice.below(1000)
        has_aired = 0 < day <= self.today
        votes = self.votes * (chance % 10) // 60 if has_aired else 0
        body = {
            "air_date": self._air_date(season, place, day),
            "episode_number": season.number_of(place),
            "episode_type": self._type(season, place),
            "id": None if UNNUMBERED in self.oddities and place % 3 == 1 else number,
            "name": f"Episode {season.number_of(place)}" if chance < 400 else invented_title(dice),
            "overview": invented_overview(dice) if chance % 7 > 2 else "",
            "production_code": "" if chance % 11 > 1 else f"{season.number}{place + 1:02d}" if chance % 11 else None,
            "runtime": None if chance % 19 == 0 or not self.minutes else self.minutes + chance % 4,
            "season_number": self.number(season),
            "show_id": self.plan.series,
            "still_path": None if chance % 5 == 0 or (not has_aired and chance % 9) else dice.image(),
            "vote_average": _around(dice, self.average, 3) if votes else 0.0,
            "vote_count": votes,
        }
        if self._edits:
            body |= {name: value for (of, name), value in self._edits.items() if of == number and name in body}
        return body

    def _air_date(self, season: Season, place: int, day: int) -> str | None:
        if UNDATED in self.oddities:
            return "" if place % 2 else None
        # A few specials were never dated.
        return None if not day or (season.slot == 0 and place % 17 == 11) else day_text(day)

    def _type(self, season: Season, place: int) -> str:
        if place == season.episodes - 1 and season.slot:
            return "finale"
        return "mid_season" if season.rhythm == WEEKLY and place == season.pause_at - 1 else "standard"

    def _number(self, season: Season, place: int) -> int:
        episode = episode_id(self.plan.series, season.base + place)
        number: int = self._edits.get((episode, "episode_number"), season.number_of(place))
        return number

    def _gone(self, season: Season) -> list[int]:
        """Return the places of the episodes that were removed from a season."""
        first = episode_id(self.plan.series, season.base)
        return [
            episode - first
            for (episode, name), value in self._edits.items()
            if name == GONE and value and 0 <= episode - first < season.episodes
        ]

    def is_gone(self, season: Season, place: int) -> bool:
        """Tell whether an episode was removed."""
        return bool(self._edits) and place in self._gone(season)

    def _kept(self, season: Season, places: range) -> int | None:
        return next((place for place in places if not self.is_gone(season, place)), None)

    def _shown(self, found: tuple[int, Season, int] | None) -> Body | None:
        return None if found is None else self._episode(found[1], found[2])


def _around(dice: Dice, average: float, digits: int) -> float:
    return round(min(10.0, max(1.0, average + dice.between(-900, 900) / 1000)), digits)
