"""OMDb's answers when it has no film."""

import msgspec

from ayne.sandbox.answers import Answer

JSON = "application/json; charset=utf-8"
#: OMDb lets its errors be cached like its films.
CACHED = "public, max-age=3600"
_UNAUTHORIZED = frozenset({"No API key provided.", "Invalid API key!", "Request limit reached!"})


def omdb_error(message: str) -> Answer:
    """Return OMDb's answer with this message: status 200, unless it is about the key, which is 401.

    >>> omdb_error("Movie not found!").status, omdb_error("Request limit reached!").status
    (200, 401)
    """
    body = msgspec.json.encode({"Response": "False", "Error": message})
    if message in _UNAUTHORIZED:
        return Answer(401, {"Content-Type": JSON, "Cache-Control": "private"}, body)
    return Answer(200, {"Content-Type": JSON, "Cache-Control": CACHED}, body)
