"""The ways in which a request can fail, and the plan that says which request fails in which way.

A plan is pure: whether request number n fails depends on the seed and on n alone, so a run that went wrong can be run
again. The kinds are the ones that were seen at TMDB (a 429 without `Retry-After`, an HTML page with status 200 or
502, dropped connections) and the ones that test servers for HTTP clients have shown to be worth having.

A plan is written as one line of text:

    seed=7,rate=0.2              a fifth of all requests fail, in all ways alike
    seed=7,429=0.05,reset=0.02   5 % are answered 429, and 2 % are reset
    500@3,drop@4                 the third request gets a 500, the fourth is dropped
    429@10-60                    a storm: the tenth to the sixtieth request are all answered 429
    401@100-999999               the key is revoked in the middle of a run
    stall=0.01,seconds=2         1 % hang for two seconds (five, when it is not said)
    refuse@50,seconds=3          the server is down for three seconds, for everybody

`rate` covers the faults of one request that pass when one asks again. 401 and 404 mean something for good, and
`refuse` hits everybody, so they have to be named. OMDb fails in the same ways; where it has words of its own for it,
it uses them: a 429 becomes a spent quota, and a code in 200 becomes `"Response":"False"`.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate

from .answers import Answer, Ending, error, ok
from .chance import Dice
from .omdb.errors import omdb_error

_SLOW = 0.3
_SKEW = 6 * 3600
_HTML = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
_STALL = 5.0
#: Shares of requests are told apart to a millionth.
_FINENESS = 1_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail, at one moment."""

    kind: str
    seconds: float = _STALL
    """How long a stalled connection stays silent."""

    def spoil(self, answer: Answer, now: float, *, is_omdb: bool = False) -> Answer:
        """Return what is answered instead; `now` is in seconds since 1970."""
        if is_omdb and self.kind in _SPOILED_OMDB:
            return _SPOILED_OMDB[self.kind]
        return _SPOILED[self.kind](answer, now) if self.kind in _SPOILED else answer

    def damage(self, answer: Answer) -> Answer:
        """Return what the network makes of the encoded answer."""
        return _DAMAGED[self.kind](answer, self.seconds) if self.kind in _DAMAGED else answer


def _page(status: int, title: str) -> Answer:
    return Answer(status, {"Content-Type": "text/html"}, _HTML.format(title).encode())


def _too_many(retry_after: str | None = None) -> Answer:
    answer = error(25)
    return answer if retry_after is None else answer.with_body(answer.body, Retry_After=retry_after)


def _as_if_fine(code: int) -> Answer:
    return replace(error(code), status=200)


def _in_a_second(now: float) -> str:
    # An HTTP date knows whole seconds only; rounding up keeps it in the future.
    return formatdate(math.ceil(now) + 1, usegmt=True)


#: Another answer in place of the right one, before it is encoded: (the right answer, now) -> what is sent.
_SPOILED: Mapping[str, Callable[[Answer, float], Answer]] = {
    "truncated": lambda answer, now: answer.with_body(answer.body[: len(answer.body) // 2]),
    "html": lambda answer, now: _page(200, "Just a moment..."),
    "empty": lambda answer, now: answer.with_body(b""),
    "429": lambda answer, now: _too_many(),
    "429-after": lambda answer, now: _too_many("1"),
    "429-date": lambda answer, now: _too_many(_in_a_second(now)),
    "429-nonsense": lambda answer, now: _too_many("soon"),
    "429-absurd": lambda answer, now: _too_many("31536000"),
    "500": lambda answer, now: error(11),
    "502": lambda answer, now: _page(502, "502 Bad Gateway"),
    "503": lambda answer, now: error(9),
    "504": lambda answer, now: _page(504, "504 Gateway Time-out"),
    "520": lambda answer, now: _page(520, "520: Web server is returning an unknown error"),
    "522": lambda answer, now: _page(522, "522: Connection timed out"),
    "code-in-200": lambda answer, now: _as_if_fine(25),
    "401": lambda answer, now: error(7),
    "404": lambda answer, now: error(34),
    "wrong-shape": lambda answer, now: ok([[], {"results": {"id": "0"}}, None]),
    "slow": lambda answer, now: replace(answer, delay=answer.delay + _SLOW),
    "clock-skew": lambda answer, now: answer.with_body(answer.body, Date=formatdate(now + _SKEW, usegmt=True)),
}

#: What OMDb says where TMDB says something else: it spends a quota where TMDB has a rate, and its errors are its own.
_SPOILED_OMDB: Mapping[str, Answer] = {
    **dict.fromkeys(
        ("429", "429-after", "429-date", "429-nonsense", "429-absurd"), omdb_error("Request limit reached!")
    ),
    **{kind: _page(int(kind), title) for kind, title in (("500", "Server Error"), ("503", "Service Unavailable"))},
    "code-in-200": omdb_error("Error getting data."),
    "401": omdb_error("Invalid API key!"),
    "404": omdb_error("Error getting data."),
}

#: What happens to the encoded answer on its way: (the answer, how long a stall lasts) -> what arrives.
_DAMAGED: Mapping[str, Callable[[Answer, float], Answer]] = {
    "reset": lambda answer, seconds: replace(answer, ending=Ending.RESET),
    "drop": lambda answer, seconds: replace(answer, ending=Ending.NOTHING),
    "stall": lambda answer, seconds: replace(answer, ending=Ending.NOTHING, delay=seconds),
    "stall-body": lambda answer, seconds: replace(_half(answer), ending=Ending.CUT, pause=seconds),
    "cut": lambda answer, seconds: replace(_half(answer), ending=Ending.CUT),
    "short": lambda answer, seconds: replace(
        answer.with_body(answer.body, Content_Length=str(len(answer.body) + 100)), ending=Ending.CUT
    ),
    "long": lambda answer, seconds: replace(
        answer.with_body(answer.body, Content_Length=str(len(answer.body) // 2), Connection="close"),
        ending=Ending.OVERLONG,
    ),
    "broken-chunk": lambda answer, seconds: _broken_chunk(answer),
    "broken-gzip": lambda answer, seconds: _broken_gzip(answer),
    "trickle": lambda answer, seconds: replace(answer, trickle=seconds),
    "refuse": lambda answer, seconds: replace(answer, ending=Ending.REFUSED, pause=seconds),
}


def _half(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _broken_gzip(answer: Answer) -> Answer:
    body = b"\x1f\x8b\x08\x00 this is not a deflate stream"
    return answer.with_body(body, Content_Encoding="gzip", Content_Length=str(len(body)))


def _broken_chunk(answer: Answer) -> Answer:
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    chunked = {**headers, "Transfer-Encoding": "chunked"}
    return replace(_half(answer), headers=chunked, ending=Ending.BROKEN_CHUNK)


#: Every kind of fault there is, and those that pass when one asks again.
KINDS = (*_DAMAGED, *_SPOILED)
PASSING = tuple(kind for kind in KINDS if kind not in ("401", "404", "refuse"))


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Which request fails in which way: a pure function of the request's number."""

    rates: Mapping[str, float] = field(default_factory=dict)
    """The share of requests that fail in each way; together at most 1."""
    numbered: tuple[tuple[range, str], ...] = ()
    """Requests that fail for certain, by number; the first request is number 1."""
    seed: int = 1
    seconds: float = _STALL

    @classmethod
    def parse(cls, text: str) -> "FaultPlan":
        """Read a plan, written as the module's description shows.

        >>> FaultPlan.parse("500@3, drop@4").fault(3, "/3/movie/550")
        Fault(kind='500', seconds=5.0)

        Raises:
            ValueError: The text is no plan; the message names the kinds of faults.
        """
        settings: dict[str, float] = {}
        numbered: list[tuple[range, str]] = []
        for word in filter(None, map(str.strip, text.split(","))):
            kind, at, numbers = word.rpartition("@")
            if at:
                numbered.append((_request_numbers(numbers, word), _kind(kind, word)))
            else:
                name, value = _setting(word)
                settings[name] = value
        seed, seconds = int(settings.pop("seed", 1)), settings.pop("seconds", _STALL)
        everything = settings.pop("rate", 0.0) / len(PASSING)
        rates = dict.fromkeys(PASSING if everything else (), everything) | settings
        if sum(rates.values()) > 1 + 1e-9:
            raise ValueError(f"the faults of {text!r} add up to more than all requests")
        return cls(rates, tuple(numbered), seed, seconds)

    def fault(self, n: int, path: str) -> Fault | None:
        """Return how the n-th request fails, if it does. The sandbox's own paths never fail."""
        if path.startswith("/sandbox/"):
            return None
        certain = (kind for numbers, kind in self.numbered if n in numbers)
        kind = next(certain, None) or self._drawn(n)
        return None if kind is None else Fault(kind, self.seconds)

    def _drawn(self, n: int) -> str | None:
        if not self.rates:
            return None
        left = Dice(self.seed, "fault", n).below(_FINENESS) / _FINENESS
        for kind, rate in self.rates.items():
            left -= rate
            if left < 0:
                return kind
        return None


def _setting(word: str) -> tuple[str, float]:
    name, _, text = word.partition("=")
    if name not in ("seed", "rate", "seconds"):
        _kind(name, word)
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{word!r} should be {name}=NUMBER") from None
    if name not in ("seed", "seconds") and not 0 <= value <= 1:
        raise ValueError(f"{word!r}: a rate is a share of all requests, from 0 to 1")
    if not 0 <= value < math.inf:
        raise ValueError(f"{word!r}: the number cannot be negative or infinite")
    return name, value


def _kind(kind: str, word: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"{word!r} names no fault; the faults are {', '.join(KINDS)}, or rate for all that pass")
    return kind


def _request_numbers(text: str, word: str) -> range:
    numbers = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", text)
    first, last = (int(numbers[1]), int(numbers[2] or numbers[1])) if numbers else (0, 0)
    if not 1 <= first <= last:
        raise ValueError(f"{word!r} should be KIND@NUMBER or KIND@FIRST-LAST, and the first request is number 1")
    return range(first, last + 1)
