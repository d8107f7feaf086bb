"""The ways in which a request can fail, as data.

They are the ones that were seen at TMDB (a 429 without `Retry-After`, an HTML page with status 200 or 502, dropped
connections, gzip that is not labelled as such), reported by other programs that collect films, or found by test servers
for HTTP clients to be worth having.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from urllib.parse import parse_qsl, urlencode
from zlib import crc32

from . import lies, packing
from .answers import Answer, Ending, Request, error, ok
from .chance import Dice
from .omdb.errors import omdb_error
from .ties import Ties

_SLOW = 0.3
_SKEW, _YEAR = 6 * 3600, 365 * 86_400
_HTML = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
_ODD_DATES = ("Sat, 31 Feb 2026 25:61:00 GMT", "yesterday", "1780272000", "Thu, 01 Jan 0001 00:00:00 GMT", "")
_ODD_AGES = ("-5", "soon", "1e9", "99999999999999999999", "")
_PAGES_AT_DIFFERENT_TIMES = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """One request that fails."""

    n: int
    """Its number; the first request is number 1."""
    seconds: float
    """How long a stalled connection stays silent."""
    argument: str
    """What stands behind the point in `total-high.10`, or "" where the kind takes nothing."""

    @property
    def amount(self) -> float:
        """The argument as a number."""
        return float(self.argument)


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to fail: what it does, in words and as functions."""

    says: str
    ask: Callable[[Request, Hit], Request] | None = None
    """What the server makes of the request."""
    spoil: Callable[[Answer, Hit, float], Answer] | None = None
    """Another answer in place of the right one, before it is encoded; the time is in seconds since 1970."""
    damage: Callable[[Answer, Hit], Answer] | None = None
    """What happens to the encoded answer on its way."""
    omdb: Answer | None = None
    """What OMDb says where TMDB says something else: it spends a quota where TMDB has a rate."""
    argument: str | None = None
    """What is taken when nothing is said of the argument; None for a kind that has none, "" when it must be said."""
    passes: bool = False
    """It hits one request only, and passes when one asks again: `rate` stands for all of these."""
    is_harmless: bool = False
    """The client got what it asked for: the answer to its question, whole."""

    @property
    def is_counted(self) -> bool:
        """The argument is a number."""
        return bool(self.argument) and (self.argument or "")[0].isdigit()


def _page(status: int, title: str) -> Answer:
    return Answer(status, {"Content-Type": "text/html"}, _HTML.format(title).encode())


def _too_many(retry_after: str) -> Answer:
    answer = error(25)
    return answer.with_body(answer.body, Retry_After=retry_after)


def _in_a_second(now: float) -> str:
    # An HTTP date knows whole seconds only; rounding up keeps it in the future.
    return formatdate(math.ceil(now) + 1, usegmt=True)


def _half(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _broken_gzip(answer: Answer) -> Answer:
    body = b"\x1f\x8b\x08\x00 this is not a deflate stream"
    return answer.with_body(body, Content_Encoding="gzip", Content_Length=str(len(body)))


def _broken_chunk(answer: Answer) -> Answer:
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    chunked = {**headers, "Transfer-Encoding": "chunked"}
    return replace(_half(answer), headers=chunked, ending=Ending.BROKEN_CHUNK)


def _closing(answer: Answer, ending: Ending) -> Answer:
    return replace(answer.with_body(answer.body, Connection="close"), ending=ending)


def _with_header(name: str, value: Callable[[Hit, float], str]) -> Callable[[Answer, Hit, float], Answer]:
    return lambda answer, hit, now: answer.with_body(answer.body, **{name: value(hit, now)})


def _dated(seconds: float) -> Callable[[Answer, Hit, float], Answer]:
    return _with_header("Date", lambda hit, now: formatdate(now + seconds, usegmt=True))


def _without(request: Request, name: str) -> Request:
    kept = [(key, value) for key, value in parse_qsl(request.query, keep_blank_values=True) if key != name]
    return replace(request, query=urlencode(kept))


def _about_one_film(request: Request) -> Request:
    """Return the question about the newest film, for a question about any film."""
    words = request.path.split("/")
    is_about_a_film = words[:3] == ["", "3", "movie"] and len(words) == 4 and words[3].isdigit()
    return replace(request, path="/3/movie/latest") if is_about_a_film else request


def _in_ties(request: Request, ties: Ties) -> Request:
    return replace(request, ties=ties)


def _snapshot(request: Request, hit: Hit) -> Request:
    # The same page is always the same copy.
    age = crc32(request.query.encode()) % _PAGES_AT_DIFFERENT_TIMES
    return _in_ties(request, Ties(age, hit.amount / 100, numbers_move=True))


def _spent(*, says: str, spoil: Callable[[Answer, Hit, float], Answer]) -> Kind:
    return Kind(says, spoil=spoil, omdb=omdb_error("Request limit reached!"), passes=True)


def _of_network(says: str, damage: Callable[[Answer, Hit], Answer]) -> Kind:
    return Kind(says, damage=damage, passes=True)


def _instead(says: str, answer: Answer, omdb: Answer | None = None) -> Kind:
    return Kind(says, spoil=lambda right, hit, now: answer, omdb=omdb, passes=True)


def _packed(says: str, damage: Callable[[Answer], Answer]) -> Kind:
    return Kind(says, damage=lambda answer, hit: damage(answer))


def _wrong_clock(says: str, spoil: Callable[[Answer, Hit, float], Answer]) -> Kind:
    return Kind(says, spoil=spoil, is_harmless=True)


def _lying_total(says: str, lie: Callable[[Hit], Callable[[int], float]], argument: str | None = None) -> Kind:
    return Kind(
        says,
        spoil=lambda answer, hit, now: lies.with_total(answer, lie(hit)),
        argument=argument,
        is_harmless=True,
    )


def _raw(says: str, raw: bytes) -> Kind:
    return Kind(says, spoil=lambda answer, hit, now: lies.with_raw_text(answer, raw), is_harmless=True)


_UNKNOWN_TITLE = omdb_error("Error getting data.")

#: Every kind of fault there is, by its name. The ones that pass come first, in the order in which chance draws them.
KINDS: Mapping[str, Kind] = {
    "reset": _of_network(
        "the connection is reset before a byte", lambda answer, hit: replace(answer, ending=Ending.RESET)
    ),
    "drop": _of_network(
        "the connection is closed before a byte", lambda answer, hit: replace(answer, ending=Ending.NOTHING)
    ),
    "stall": _of_network(
        "silence for some seconds, then the connection is closed",
        lambda answer, hit: replace(answer, ending=Ending.NOTHING, delay=hit.seconds),
    ),
    "stall-body": _of_network(
        "half of the body, silence for some seconds, and no more",
        lambda answer, hit: replace(_half(answer), ending=Ending.CUT, pause=hit.seconds),
    ),
    "cut": _of_network("half of the body", lambda answer, hit: replace(_half(answer), ending=Ending.CUT)),
    "short": _of_network(
        "Content-Length promises more than there is",
        lambda answer, hit: replace(
            answer.with_body(answer.body, Content_Length=str(len(answer.body) + 100)), ending=Ending.CUT
        ),
    ),
    "long": _of_network(
        "Content-Length promises half of the body",
        lambda answer, hit: replace(
            answer.with_body(answer.body, Content_Length=str(len(answer.body) // 2), Connection="close"),
            ending=Ending.OVERLONG,
        ),
    ),
    "broken-chunk": _of_network(
        "half of the body, and a chunk that is none", lambda answer, hit: _broken_chunk(answer)
    ),
    "broken-gzip": _of_network(
        "a body that is called gzip and is none", lambda answer, hit: _broken_gzip(answer)
    ),
    "trickle": Kind(
        "the body comes in ten pieces, over some seconds",
        damage=lambda answer, hit: replace(answer, trickle=hit.seconds),
        passes=True,
        is_harmless=True,
    ),
    "truncated": Kind(
        "half of the JSON, as a whole body",
        spoil=lambda answer, hit, now: answer.with_body(answer.body[: len(answer.body) // 2]),
        passes=True,
    ),
    "html": _instead("a page with status 200", _page(200, "Just a moment...")),
    "empty": Kind("an empty body", spoil=lambda answer, hit, now: answer.with_body(b""), passes=True),
    "429": _spent(says="too many requests, without Retry-After", spoil=lambda answer, hit, now: error(25)),
    "429-after": _spent(says="Retry-After: 1", spoil=lambda answer, hit, now: _too_many("1")),
    "429-date": _spent(
        says="Retry-After as a date in a second", spoil=lambda answer, hit, now: _too_many(_in_a_second(now))
    ),
    "429-nonsense": _spent(says="Retry-After: soon", spoil=lambda answer, hit, now: _too_many("soon")),
    "429-absurd": _spent(says="Retry-After: a year", spoil=lambda answer, hit, now: _too_many("31536000")),
    "500": _instead("an error of the server", error(11), _page(500, "Server Error")),
    "502": _instead("a page of a gateway", _page(502, "502 Bad Gateway")),
    "503": _instead("TMDB is offline", error(9), _page(503, "Service Unavailable")),
    "504": _instead("a page of a gateway", _page(504, "504 Gateway Time-out")),
    "520": _instead("a page of Cloudflare", _page(520, "520: Web server is returning an unknown error")),
    "522": _instead("a page of Cloudflare", _page(522, "522: Connection timed out")),
    "code-in-200": _instead("an error's body with status 200", replace(error(25), status=200), _UNKNOWN_TITLE),
    "wrong-shape": _instead("JSON of another form", ok([[], {"results": {"id": "0"}}, None])),
    "slow": Kind(
        "the answer takes 0.3 s more",
        spoil=lambda answer, hit, now: replace(answer, delay=answer.delay + _SLOW),
        passes=True,
        is_harmless=True,
    ),
    "clock-skew": Kind("Date is six hours ahead", spoil=_dated(_SKEW), passes=True, is_harmless=True),
    # What follows means something for good, hits everybody, or is an answer that can be read: it has to be named.
    "refuse": Kind(
        "the server is down for some seconds, for everybody",
        damage=lambda answer, hit: replace(answer, ending=Ending.REFUSED, pause=hit.seconds),
    ),
    "401": replace(_instead("the key is not accepted", error(7), omdb_error("Invalid API key!")), passes=False),
    "404": replace(_instead("TMDB's own 404, code 34", error(34), _UNKNOWN_TITLE), passes=False),
    "404-in-200": replace(
        _instead("the same with status 200", replace(error(34), status=200), _UNKNOWN_TITLE), passes=False
    ),
    "410": replace(_instead("the same with status 410", replace(error(34), status=410)), passes=False),
    "same-film": Kind(
        "whichever film is asked for, the newest one answers", ask=lambda request, hit: _about_one_film(request)
    ),
    "stray": Kind(
        "the answer comes twice: the next request on this connection gets this one's",
        damage=lambda answer, hit: replace(answer, ending=Ending.TWICE),
    ),
    "stray-late": Kind(
        "the same, and the second comes with the next request only",
        damage=lambda answer, hit: replace(answer, ending=Ending.TWICE_LATE),
    ),
    "date-year-behind": _wrong_clock("Date is a year behind", _dated(-_YEAR)),
    "date-year-ahead": _wrong_clock("Date is a year ahead", _dated(_YEAR)),
    "date-1970": _wrong_clock(
        "Date is the first second of 1970", _with_header("Date", lambda hit, now: formatdate(0, usegmt=True))
    ),
    "date-odd": _wrong_clock(
        "Date is no date", _with_header("Date", lambda hit, now: _ODD_DATES[hit.n % len(_ODD_DATES)])
    ),
    "age-year": _wrong_clock("Age is a year", _with_header("Age", lambda hit, now: str(_YEAR))),
    "age-odd": _wrong_clock(
        "Age is no age", _with_header("Age", lambda hit, now: _ODD_AGES[hit.n % len(_ODD_AGES)])
    ),
    "total-high": _lying_total(
        "a list counts 10 % more than it has", lambda hit: lambda total: total * (1 + hit.amount / 100), "10"
    ),
    "total-low": _lying_total(
        "a list counts 10 % less than it has", lambda hit: lambda total: total * (1 - hit.amount / 100), "10"
    ),
    "total-flicker": _lying_total(
        "totals differ by up to 1 % from answer to answer", lambda hit: lies.flickering(hit.amount, hit.n), "1"
    ),
    "total-random": _lying_total(
        "totals are any numbers up to a million",
        lambda hit: lambda total: Dice("random total", hit.n).below(1_000_001),
    ),
    "total-zero": _lying_total("a list with rows counts none", lambda hit: lambda total: 0),
    "pages-high": Kind(
        "a list counts one page more than it has, which is empty",
        spoil=lambda answer, hit, now: lies.with_more_pages(answer, int(hit.amount)),
        argument="1",
        is_harmless=True,
    ),
    "unlisted": Kind(
        "1 % of the films are counted and never listed",
        spoil=lambda answer, hit, now: lies.without_some(answer, hit.amount),
        argument="1",
        is_harmless=True,
    ),
    "ignored": Kind(
        "a parameter is ignored: ignored.with_genres, ignored.vote_count.gte",
        ask=lambda request, hit: _without(request, hit.argument),
        argument="",
        is_harmless=True,
    ),
    "replicas": Kind(
        "one of 2 servers answers, and each has an own order of films that are equal in the list's order",
        ask=lambda request, hit: _in_ties(request, Ties(Dice("replica", hit.n).below(max(1, int(hit.amount))))),
        argument="2",
        is_harmless=True,
    ),
    "reshuffled": Kind(
        "the same, with an order of its own in every answer",
        ask=lambda request, hit: _in_ties(request, Ties(hit.n)),
        is_harmless=True,
    ),
    "snapshots": Kind(
        "pages are of different age: from one to the other, 10 % of the films have moved",
        ask=_snapshot,
        argument="10",
        is_harmless=True,
    ),
    "null-in-lists": Kind(
        "the first genre, company, country and so on has no name; null-in-lists.id: no id, .entry: it is null",
        spoil=lambda answer, hit, now: lies.with_nulls(answer, hit.argument),
        argument="name",
        is_harmless=True,
    ),
    "null-id": Kind(
        "a list begins with a row without id",
        spoil=lambda answer, hit, now: lies.with_row_of_nobody(answer),
        is_harmless=True,
    ),
    "text-id": Kind(
        "the first row of a list has its id as a text",
        spoil=lambda answer, hit, now: lies.with_id_as_text(answer),
        is_harmless=True,
    ),
    "raw-tab": _raw("a tab stands in a text as it is", b"\t"),
    "raw-1f": _raw("U+001F stands in a text as it is", b"\x1f"),
    "bad-escape": _raw(r"\s stands in a text, which JSON does not know", rb"\s"),
    "gzip-unlabelled": _packed("gzip without Content-Encoding", packing.unlabelled_gzip),
    "gzip-tail": _packed("bytes behind the end of a gzip", packing.gzip_with_tail),
    "deflate": _packed("Content-Encoding: deflate", packing.deflate),
    "deflate-raw": _packed("the same without the head of zlib", packing.raw_deflate),
    "bom": _packed("the body begins with a byte order mark", packing.with_bom),
    "203": _packed(
        "status 203 in place of 200",
        lambda answer: replace(answer, status=203) if answer.status == 200 else answer,
    ),
    "padded-chunks": _packed("chunks whose sizes are padded with blanks", packing.in_padded_chunks),
    "lf-head": _packed("the lines of the head end in LF alone", lambda answer: _closing(answer, Ending.LF_HEAD)),
    "length-twice": _packed(
        "the same Content-Length twice", lambda answer: _closing(answer, Ending.LENGTH_TWICE)
    ),
}  # fmt: skip

#: The kinds that pass when one asks again, and those with which the client got what it asked for.
PASSING = tuple(name for name, kind in KINDS.items() if kind.passes)
HARMLESS = frozenset(name for name, kind in KINDS.items() if kind.is_harmless)
