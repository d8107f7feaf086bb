"""The cast and crew of a series: regulars by season, guests and crew by episode, as TMDB has them.

A regular stays for some seasons. Guests come from a small circle, so that somebody can come back; one credit of theirs
has one id, whatever the episode.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from ayne.sandbox.chance import Dice
from ayne.sandbox.films import words
from ayne.sandbox.films.columns import Body, Ensemble
from ayne.sandbox.films.marks import mark
from ayne.sandbox.films.people import credited, somebody

from .plan import MARATHON, SHOW, SOAP, Season, episode_id

#: What stands before the id of a series in the ids of its credits and reviews, where films have nothing.
MARKED = 1 << 31
_JOBS = (("Directing", "Director"), ("Writing", "Writer"), ("Camera", "Director of Photography"), ("Editing", "Editor"))
# The places of guests and crew in the ids of credits, behind those of the regulars.
_GUESTS, _CREW = 1_000, 2_000


class Tenure(NamedTuple):
    """For which seasons a regular stays, by their slots."""

    first: int
    last: int


class Circle(NamedTuple):
    """Who is in episodes without being a regular or a maker: by the ids of people, in their order."""

    guests: list[int]
    crew: list[int]


def circle_of(seed: int, series: int, shape: int) -> Circle:
    """Return the circle that the guests and the crew of a series come from; nobody has to appear."""
    dice = Dice(seed, series, "circle of people")
    # Few of the many episodes of a soap name anybody.
    guests = 3 if shape in (SOAP, SHOW, MARATHON) else dice.below(1 + dice.below(40))
    return Circle([somebody(dice) for _ in range(guests)], [somebody(dice) for _ in range(dice.below(6))])


class Troupe:
    """The people of one series.

    Args:
        seed: Who does what.
        series: The id.
        shape: What the series is like.
        ensemble: The regulars, and who makes the series.
    """

    def __init__(self, seed: int, series: int, shape: int, ensemble: Ensemble) -> None:
        self._seed, self._series, self._shape, self._ensemble = seed, series, shape, ensemble

    @cached_property
    def regulars(self) -> list[Body]:
        """All who ever were regulars, as credits show them."""
        dice = Dice(self._seed, self._series, "regulars")
        return [
            credited(member)
            | {
                "character": "" if dice.chance(5) else dice.pick(words.FIRST_NAMES),
                "credit_id": mark(dice, self._marked, order),
                "order": order,
            }
            for order, member in enumerate(self._ensemble.cast)
        ]

    @cached_property
    def makers(self) -> list[Body]:
        """The crew of the whole series, as credits show it."""
        dice = Dice(self._seed, self._series, "makers")
        jobs = zip(self._ensemble.crew, self._ensemble.jobs, strict=True)
        return [
            credited(member)
            | {
                "credit_id": mark(dice, self._marked, _CREW + 100 + place),
                "department": "Production" if job == "Director" else department,
                "job": "Executive Producer" if job == "Director" else job,
            }
            for place, (member, (department, job)) in enumerate(jobs)
        ]

    def created_by(self) -> list[Body]:
        """Return who created the series: the first of those who make it, if anybody is known."""
        dice = Dice(self._seed, self._series, "creators")
        names = ("id", "name", "original_name", "gender", "profile_path")
        chosen = {member["id"]: member for member in self.makers[:2]} if dice.chance(40) else {}
        return [
            {"credit_id": mark(dice, self._marked, _CREW + 200 + place)} | {name: member[name] for name in names}
            for place, member in enumerate(chosen.values())
        ]

    def of_season(self, slot: int) -> list[Body]:
        """Return the regulars of a season."""
        tenures = zip(self.regulars, self._tenures, strict=True)
        return [body for body, tenure in tenures if tenure.first <= slot <= tenure.last or slot == 0]

    def episode(self, season: Season, place: int) -> Body:
        """Return the crew and the guests of an episode."""
        dice = Dice(self._seed, episode_id(self._series, season.base + place), "guests")
        guests, crew = self._guests, self._crew
        most = dice.below(7) if len(guests) > 3 else 1
        return {
            "crew": [crew[dice.below(len(crew))]] if crew and most > 2 else [],
            "guest_stars": list(_different(guests[dice.below(len(guests))] for _ in range(most))) if guests else [],
        }

    def aggregated(self, episodes: Iterable[tuple[Season, int]]) -> Body:
        """Return the aggregate credits of some episodes: each person once, with all roles or jobs."""
        counts: dict[str, int] = {}
        cast: dict[int, list[Body]] = {}
        crew: dict[tuple[int, str], list[Body]] = {}
        lengths: dict[int, int] = {}
        guests: dict[str, Body] = {}
        workers: dict[str, Body] = {}
        for season, place in episodes:
            lengths[season.slot] = lengths.get(season.slot, 0) + 1
            people = self.episode(season, place)
            for body in people["guest_stars"]:
                guests.setdefault(body["credit_id"], body)
                counts[body["credit_id"]] = counts.get(body["credit_id"], 0) + 1
            for body in people["crew"]:
                workers.setdefault(body["credit_id"], body)
                counts[body["credit_id"]] = counts.get(body["credit_id"], 0) + 1
        for body, tenure in zip(self.regulars, self._tenures, strict=True):
            present = sum(n for slot, n in lengths.items() if tenure.first <= slot <= tenure.last or slot == 0)
            if present:
                counts[body["credit_id"]] = present
                cast.setdefault(body["id"], []).append(body)
        for body in guests.values():
            cast.setdefault(body["id"], []).append(body)
        for body in [*self.makers, *workers.values()]:
            counts.setdefault(body["credit_id"], sum(lengths.values()))
            crew.setdefault((body["id"], body["department"]), []).append(body)
        return {
            "cast": [_aggregated(several, counts, order) for order, several in enumerate(cast.values())],
            "crew": [_jobs(several, counts) for several in crew.values()],
        }

    @cached_property
    def _tenures(self) -> list[Tenure]:
        dice = Dice(self._seed, self._series, "tenures")
        found = []
        for _ in self._ensemble.cast:
            first = 1 if dice.chance(60) else dice.between(1, 6)
            found.append(Tenure(first, first + (100 if dice.chance(70) else dice.below(4))))
        return found

    @cached_property
    def _guests(self) -> list[Body]:
        dice = Dice(self._seed, self._series, "circle")
        return [
            {
                "character": "" if dice.chance(6) else dice.pick(words.FIRST_NAMES),
                "credit_id": mark(dice, self._marked, _GUESTS + place),
                "order": 500 + place,
            }
            | credited(member)
            for place, member in enumerate(self._circle.guests)
        ]

    @cached_property
    def _crew(self) -> list[Body]:
        dice = Dice(self._seed, self._series, "crew")
        found = []
        for place, member in enumerate(self._circle.crew):
            department, job = dice.pick(_JOBS)
            identity = mark(dice, self._marked, _CREW + place)
            found.append({"department": department, "job": job, "credit_id": identity} | credited(member))
        return found

    @cached_property
    def _circle(self) -> Circle:
        return circle_of(self._seed, self._series, self._shape)

    @property
    def _marked(self) -> int:
        return MARKED | self._series


def _different(bodies: Iterable[Body]) -> Iterable[Body]:
    return {body["credit_id"]: body for body in bodies}.values()


_OF_A_CREDIT = ("character", "credit_id", "order", "department", "job")


def _person(body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in _OF_A_CREDIT}


def _aggregated(several: list[Body], counts: dict[str, int], order: int) -> Body:
    roles = [
        {"credit_id": body["credit_id"], "character": body["character"], "episode_count": counts[body["credit_id"]]}
        for body in several
    ]
    total = sum(role["episode_count"] for role in roles)
    return _person(several[0]) | {"roles": roles, "total_episode_count": total, "order": order}


def _jobs(several: list[Body], counts: dict[str, int]) -> Body:
    jobs = [
        {"credit_id": body["credit_id"], "job": body["job"], "episode_count": counts[body["credit_id"]]}
        for body in several
    ]
    total = sum(job["episode_count"] for job in jobs)
    return _person(several[0]) | {"jobs": jobs, "department": several[0]["department"], "total_episode_count": total}
