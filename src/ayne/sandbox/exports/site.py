"""The host of the daily id exports: `/p/exports/movie_ids_MM_DD_YYYY.json.gz`.

It is a file host, not TMDB's API: it wants no key, gives strong ETags, answers ranges, and its errors are XML. A file
that is not there is 403, not 404: that is what a bucket says to visitors who may fetch but not list, and it names no
reason. Which of the two TMDB's host sends is not established; a client has to take either for "not there".
"""

import re
from datetime import date
from email.utils import formatdate, parsedate_to_datetime
from hashlib import md5

from ayne.sandbox.answers import Answer, Request
from ayne.sandbox.world import World

PREFIX = "/p/exports/"

_FILE = re.compile(r"([a-z_]+)_(\d\d)_(\d\d)_(\d{4})\.json\.gz")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class Exports:
    """The site that serves the files of a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request for a file, or for a piece of it."""
        if request.method not in ("GET", "HEAD"):
            return refused(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
        named = _named(request.path.removeprefix(PREFIX))
        file = None if named is None else self._world.export(*named, now)
        if named is None or file is None:
            return refused(403, "AccessDenied", "Access Denied")
        return hosted(file, self._world.exported_at(named[1]), request)

    def is_slow(self, request: Request) -> bool:
        """Tell whether other clients should not wait: a file of a million films takes seconds to make."""
        return _named(request.path.removeprefix(PREFIX)) is not None


def _named(name: str) -> tuple[str, date] | None:
    found = _FILE.fullmatch(name)
    if found is None:
        return None
    kind, month, day, year = found.groups()
    try:
        return kind, date(int(year), int(month), int(day))
    except ValueError:
        return None


def hosted(file: bytes, made_at: float, request: Request) -> Answer:
    """Answer as a file host does: with the file, a piece of it, or that the client has it already."""
    headers = {
        "Content-Type": "application/gzip",
        "ETag": f'"{md5(file, usedforsecurity=False).hexdigest()}"',
        "Last-Modified": formatdate(made_at, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    answer = _piece(file, headers, request)
    return answer if request.method == "GET" else answer.with_body(b"")


def refused(status: int, code: str, message: str, content_range: str = "") -> Answer:
    """Refuse as a bucket does, in XML."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    headers = {"Content-Type": "application/xml", "Content-Length": str(len(body))}
    return Answer(status, headers | ({"Content-Range": content_range} if content_range else {}), body.encode())


def _piece(file: bytes, headers: dict[str, str], request: Request) -> Answer:
    named = request.headers.get("if-none-match")
    if named in (headers["ETag"], "*") or (named is None and _is_known(request, headers["Last-Modified"])):
        return Answer(304, {**headers, "Content-Length": "0"}, b"")
    span = _span(request, headers, len(file))
    if span is None:
        return Answer(200, {**headers, "Content-Length": str(len(file))}, file)
    if not span:
        return refused(416, "InvalidRange", "The requested range is not satisfiable", f"bytes */{len(file)}")
    piece = file[span.start : span.stop]
    place = {"Content-Range": f"bytes {span.start}-{span.stop - 1}/{len(file)}", "Content-Length": str(len(piece))}
    return Answer(206, {**headers, **place}, piece)


def _is_known(request: Request, modified: str) -> bool:
    """Tell whether the client has a file that is as new (`If-Modified-Since`); a date that is none does not count."""
    try:
        known = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return parsedate_to_datetime(modified) <= known


def _span(request: Request, headers: dict[str, str], size: int) -> range | None:
    """Return the bytes asked for, an empty range when there are none of those; None is the whole file.

    A range of another file than this one (`If-Range`), of a kind we do not know or of several pieces is ignored, as
    RFC 9110 allows.
    """
    found = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    condition = request.headers.get("if-range")
    if found is None or found[0] == "bytes=-" or condition not in (None, headers["ETag"], headers["Last-Modified"]):
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    stop = min(int(last) + 1, size) if last else size
    if last and int(last) < int(first):
        return None
    return range(int(first), stop)
