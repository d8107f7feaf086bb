"""What the sandbox tells of itself: what it was asked for. What exists is told in `truth`.

    GET  /sandbox/requests   what was asked for; ?log=1 adds every single request
    POST /sandbox/reset      empties that log, and numbers requests (for `kind@n` faults) from 1 again

`omdb_by_day` in the answer to /sandbox/requests counts what each OMDb key took of its days, which a reset leaves.
"""

from .answers import Answer, Request, error, ok
from .omdb.quota import Quota
from .request_log import RequestLog

PREFIX = "/sandbox/"


class OwnPaths:
    """Answers what is asked of the sandbox itself; no key is needed."""

    def __init__(self, log: RequestLog, omdb_quota: Quota) -> None:
        self._log = log
        self._omdb_quota = omdb_quota

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request made at a moment (seconds since 1970)."""
        match request.method, request.path.removeprefix(PREFIX):
            case "GET", "requests":
                asked = {"log": self._log.entries()} if request.parameters().get("log") == "1" else {}
                return ok(self._log.report() | {"omdb_by_day": self._omdb_quota.report()} | asked)
            case "POST", "reset":
                self._log.clear()
                return ok({"success": True})
            case _, ("requests" | "reset"):
                return error(42)
            case _:
                return error(34)
