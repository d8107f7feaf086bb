"""Serve the true data of the sandbox's films and series, for tests that compare it with what they collected.

None of it is TMDB's, and no fault, cache or drift ever touches it:

    GET  /sandbox/truth             what exists: {"exists", "count", "ids" with ?ids=1}; takes ?at=, and the
                                    filters of /discover/movie
    GET  /sandbox/truth/movie/550   what has become of a film: {"exists", "added_at", "deleted_at", "merged_into",
                                    "changed_at", "body"}; takes ?at= and ?append_to_response=
    GET  /sandbox/truth/changes     every single event after ?from= and up to ?to=, also those that no feed tells of
    GET  /sandbox/truth/tv          the same of series, with the filters of /discover/tv; a series is
                                    /sandbox/truth/tv/1396, with ?append_to_response=season/1 for its episodes, and
                                    all events are /sandbox/truth/tv/changes
    GET  /sandbox/clock             what time it is
    POST /sandbox/clock             puts it forward: ?advance=SECONDS, or ?to=MOMENT

Moments are written like 2026-06-01T12:00:00Z. `exists` counts all films of that very moment, while TMDB's lists know
the last midnight only. `count` are those that /discover/movie can show for the filters given: without any, it hides
adult films and videos, as TMDB does. `changed_at` is the latest change that the change feed tells of.
"""

from typing import Any, TypeVar

import msgspec

from .answers import JSON, Answer, Request, error, ok
from .clock import SandboxClock
from .discovery import Filters, InvalidDate, Query
from .films.columns import Body
from .holdings import Holdings
from .life.events import MERGED, MOVED, MOVING, Event
from .moments import moment, written_moment
from .population import Population
from .series.discovery import SeriesQuery
from .world import World

Q = TypeVar("Q", bound=Filters)

PATHS = ("/sandbox/truth", "/sandbox/clock")


class Truth:
    """The site that tells it.

    Args:
        world: The films.
        clock: The clock that can be put forward. None: time is not the sandbox's own.
    """

    def __init__(self, world: World, clock: SandboxClock | None = None) -> None:
        self._world = world
        self._clock = clock

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request to one of the paths above."""
        try:
            return self._told(request, now) if request.method == "GET" else self._done(request)
        except InvalidDate:
            return error(23)
        except ValueError as problem:
            return _refused(400, str(problem))

    def _told(self, request: Request, now: float) -> Answer:
        match request.path.split("/")[2:]:
            case ["clock"]:
                return self._time(now)
            case ["truth", "tv", *words]:
                return _told(self._world.television, SeriesQuery, words, request.parameters(), now)
            case ["truth", "movie", *words] if words:
                return _told(self._world, Query, words, request.parameters(), now)
            case ["truth", *words] if words in ([], ["changes"]):
                return _told(self._world, Query, words, request.parameters(), now)
            case _:
                return error(34)

    def _done(self, request: Request) -> Answer:
        if (request.method, request.path) != ("POST", "/sandbox/clock"):
            return error(42)
        if self._clock is None:
            return _refused(409, "time is not the sandbox's own; start it with --clock")
        parameters = request.parameters()
        forward = moment(parameters["to"]) - self._clock.now() if "to" in parameters else _seconds(parameters)
        self._clock.advance(forward)
        return self._time(self._clock.now())

    def _time(self, now: float) -> Answer:
        speed = None if self._clock is None else self._clock.speed
        return ok({"now": written_moment(now), "seconds": now, "speed": speed})


def _told(
    population: Population[Any],
    query: type[Query] | type[SeriesQuery],
    words: list[str],
    parameters: dict[str, str],
    now: float,
) -> Answer:
    """Tell of the works of one kind; `query` reads the filters of their discovery."""
    at = _at(parameters, now)
    match words:
        case []:
            return _exists(population.existing(at), query.parse(parameters), parameters)
        case ["changes"]:
            return _changes(population, parameters, now)
        case [work] if work.isascii() and work.isdigit():
            return _work(population, int(work), parameters, at)
        case _:
            return error(34)


def _exists(works: Holdings[Any, Any, Q], query: Q, parameters: dict[str, str]) -> Answer:
    found = works.discover(query)
    ids = {"ids": sorted(works.ids(found))} if parameters.get("ids") == "1" else {}
    return ok({"exists": len(works), "count": len(found), **ids})


def _work(population: Population[Any], work: int, parameters: dict[str, str], at: float) -> Answer:
    fate = population.fate(work, at)
    if fate is None:
        return ok({"exists": False, "body": None})
    append = [name for name in parameters.get("append_to_response", "").split(",") if name]
    return ok(
        {
            "exists": fate.exists,
            "added_at": _written(fate.added_at),
            "deleted_at": _written(fate.deleted_at),
            "merged_into": fate.merged_into,
            "changed_at": _written(fate.changed_at),
            "body": population.details(work, append, at),
        }
    )


def _changes(population: Population[Any], parameters: dict[str, str], now: float) -> Answer:
    after = moment(parameters["from"]) if "from" in parameters else 0.0
    until = moment(parameters["to"]) if "to" in parameters else now
    return ok({"events": [_event(event) for event in population.events(after, until, now)]})


def _at(parameters: dict[str, str], now: float) -> float:
    return moment(parameters["at"]) if "at" in parameters else now


def _seconds(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("advance", ""))
    except ValueError:
        raise ValueError("say by how much: ?advance=SECONDS, or ?to=2026-06-01T12:00:00Z") from None


def _event(event: Event) -> Body:
    told: dict[str, Any] = {"at": written_moment(event.at), "film": event.film, "kind": event.kind, "key": event.key}
    if event.kind == MOVED:
        told["values"] = dict(zip(MOVING, event.value, strict=False))
    elif event.kind == MERGED:
        told["into"] = event.value
    elif event.field:
        told |= {"field": event.field, "value": event.value, "before": event.before}
    elif event.part:
        told["part"] = event.part
    return told


def _written(at: float | None) -> str | None:
    return None if at is None else written_moment(at)


def _refused(status: int, message: str) -> Answer:
    return Answer(status, {"Content-Type": JSON}, msgspec.json.encode({"error": message}))
