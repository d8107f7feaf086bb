"""The sandbox's own paths, which TMDB does not have: what exists, and what was asked for.

    GET  /sandbox/truth      what exists: {"exists", "count", "ids" with ?ids=1}; takes the filters of /discover/movie
    GET  /sandbox/requests   what was asked for; ?log=1 adds every single request
    POST /sandbox/reset      empties that log, and numbers requests (for `kind@n` faults) from 1 again

`omdb_by_day` in the answer to /sandbox/requests counts what each OMDb key took of its days, which a reset leaves.
`exists` counts all films, `count` those that /discover/movie can show for the filters given: without any, it hides
adult films and videos, as TMDB does.
"""

from .answers import Answer, Request, error, ok
from .discovery import InvalidDate, Query
from .omdb_quota import Quota
from .request_log import RequestLog
from .world import World

PREFIX = "/sandbox/"


class OwnPaths:
    """Answers what is asked of the sandbox itself; no key is needed."""

    def __init__(self, world: World, log: RequestLog, omdb_quota: Quota) -> None:
        self._world = world
        self._log = log
        self._omdb_quota = omdb_quota

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request made at a moment (seconds since 1970)."""
        match request.method, request.path.removeprefix(PREFIX):
            case "GET", "truth":
                return self._truth(request.parameters(), now)
            case "GET", "requests":
                asked = {"log": self._log.entries()} if request.parameters().get("log") == "1" else {}
                return ok(self._log.report() | {"omdb_by_day": self._omdb_quota.report()} | asked)
            case "POST", "reset":
                self._log.clear()
                return ok({"success": True})
            case _, ("truth" | "requests" | "reset"):
                return error(42)
            case _:
                return error(34)

    def _truth(self, parameters: dict[str, str], now: float) -> Answer:
        catalogue = self._world.listed(now)
        try:
            found = catalogue.discover(Query.parse(parameters))
        except InvalidDate:
            return error(23)
        ids = {"ids": sorted(catalogue.ids(found))} if parameters.get("ids") == "1" else {}
        return ok({"exists": len(catalogue), "count": len(found), **ids})
