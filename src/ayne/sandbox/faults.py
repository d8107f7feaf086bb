"""The plan that says which request fails in which way.

A plan is pure: whether request number n fails depends on the seed and on n alone, so a run that went wrong can be run
again. `fault_kinds` lists the ways to fail. A plan is written as one line of text:

    seed=7,rate=0.2              a fifth of all requests fail, in all ways alike that pass when one asks again
    seed=7,429=0.05,reset=0.02   5 % are answered 429, and 2 % are reset
    500@3,drop@4                 the third request gets a 500, the fourth is dropped
    429@10-60                    a storm: the tenth to the sixtieth request are all answered 429
    401=0.005                    now and then, the key is not accepted
    401@100-999999               the key is revoked in the middle of a run
    details:404@1-500            an outage: no film is there, among the first 500 requests
    discover:ignored.vote_count.gte=1
                                 a filter does nothing
    replicas.3=1                 three servers answer, each with its own order of films of one day
    stall=0.01,seconds=2         1 % hang for two seconds (five, when it is not said)
    refuse@50,seconds=3          the server is down for three seconds, for everybody

In front of a colon stands what is asked for: details, discover, changes, part, omdb, export or image. Requests are
counted all the same, whatever they ask for. OMDb fails in the same ways; where it has words of its own for it, it uses
them: a 429 becomes a spent quota, and a code in 200 becomes `"Response":"False"`.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .answers import Answer, Request
from .chance import Dice
from .fault_kinds import KINDS, PASSING, Hit, Kind
from .lies import UNKNOWN

__all__ = ["KINDS", "PASSING", "Fault", "FaultPlan", "explained"]

_STALL = 5.0
#: Shares of requests are told apart to a millionth.
_FINENESS = 1_000_000

#: What is asked for, by the form of the path.
SUBJECTS: Mapping[str, re.Pattern[str]] = {
    "details": re.compile(r"/3/(movie|tv)/(\d+|tt\d+)"),
    "discover": re.compile(r"/3/discover/(movie|tv)"),
    "changes": re.compile(r"/3/(movie|tv)/changes"),
    "part": re.compile(r"/3/(movie|tv)/(\d+|tt\d+)/.+"),
    "omdb": re.compile(r"/omdb.*"),
    "export": re.compile(r"/p/exports/.*"),
    "imdb": re.compile(r"/imdb/.*"),
    "image": re.compile(r"/t/p/.*"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail, at one moment."""

    kind: str
    """Its name, as in `KINDS`."""
    seconds: float = _STALL
    """How long a stalled connection stays silent."""
    argument: str = ""
    """What stands behind the point in `total-high.10`."""
    n: int = 1
    """The number of the request."""

    @property
    def name(self) -> str:
        """The kind and its argument, as a plan names them."""
        return f"{self.kind}.{self.argument}" if self.argument else self.kind

    def ask(self, request: Request) -> Request:
        """Return what the server makes of the request."""
        ask = KINDS[self.kind].ask
        return ask(request, self._hit) if ask else request

    def spoil(self, answer: Answer, now: float, *, is_omdb: bool = False) -> Answer:
        """Return what is answered instead; `now` is in seconds since 1970."""
        kind = KINDS[self.kind]
        if is_omdb and kind.omdb:
            return kind.omdb
        return kind.spoil(answer, self._hit, now) if kind.spoil else answer

    def damage(self, answer: Answer) -> Answer:
        """Return what the network makes of the encoded answer."""
        damage = KINDS[self.kind].damage
        return damage(answer, self._hit) if damage else answer

    @property
    def _hit(self) -> Hit:
        return Hit(self.n, self.seconds, self.argument or KINDS[self.kind].argument or "")


@dataclass(frozen=True, slots=True)
class Failing:
    """A kind of fault, and the requests that it can hit."""

    kind: str
    argument: str = ""
    subject: str = ""
    """What is asked for, a key of `SUBJECTS`; "" for anything."""

    def can_hit(self, path: str) -> bool:
        """Tell whether it can hit a request to this path."""
        return not self.subject or SUBJECTS[self.subject].fullmatch(path) is not None


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Which request fails in which way: a pure function of the request's number and path."""

    rates: Mapping[Failing, float] = field(default_factory=dict)
    """The share of requests that fail in each way; together at most 1."""
    numbered: tuple[tuple[range, Failing], ...] = ()
    """Requests that fail for certain, by number; the first request is number 1."""
    seed: int = 1
    seconds: float = _STALL

    @classmethod
    def parse(cls, text: str) -> "FaultPlan":
        """Read a plan, written as the module's description shows.

        >>> FaultPlan.parse("500@3, details:404@4-9").fault(3, "/3/movie/550").kind
        '500'

        Raises:
            ValueError: The text is no plan; the message names the kinds of faults.
        """
        settings = {"seed": 1.0, "rate": 0.0, "seconds": _STALL}
        named: dict[Failing, float] = {}
        numbered: list[tuple[range, Failing]] = []
        for word in filter(None, map(str.strip, text.split(","))):
            name, at, numbers = word.rpartition("@")
            if at:
                numbered.append((_request_numbers(numbers, word), _failing(name, word)))
                continue
            name, _, value = word.partition("=")
            if name in settings:
                settings[name] = _number(value, word, is_share=name == "rate")
            else:
                failing = _failing(name, word)
                named[failing] = _number(value, word, is_share=True)
        each = settings["rate"] / len(PASSING)
        rates = {Failing(kind): each for kind in PASSING if each} | named
        if _most_at_once(rates) > 1 + 1e-9:
            raise ValueError(f"the faults of {text!r} add up to more than all requests")
        return cls(rates, tuple(numbered), int(settings["seed"]), settings["seconds"])

    def fault(self, n: int, path: str) -> Fault | None:
        """Return how the n-th request fails, if it does. The sandbox's own paths never fail."""
        if path.startswith("/sandbox/"):
            return None
        certain = (failing for numbers, failing in self.numbered if n in numbers and failing.can_hit(path))
        failing = next(certain, None) or self._drawn(n, path)
        return None if failing is None else Fault(failing.kind, self.seconds, failing.argument, n)

    def _drawn(self, n: int, path: str) -> Failing | None:
        if not self.rates:
            return None
        left = Dice(self.seed, "fault", n).below(_FINENESS) / _FINENESS
        for failing, rate in self.rates.items():
            if failing.can_hit(path):
                left -= rate
                if left < 0:
                    return failing
        return None


def explained() -> str:
    """Return how a plan is written, and the kinds of faults, one a line."""
    written = (__doc__ or "").split("one line of text:\n\n")[1]
    width = max(map(len, KINDS))
    kinds = "\n".join(f"    {name:<{width}}  {kind.says}" for name, kind in KINDS.items())
    return f"A plan of faults, in one line:\n\n{written}\nThe ways to fail:\n\n{kinds}"


def _most_at_once(rates: Mapping[Failing, float]) -> float:
    """Return the largest share of the requests for one thing that fail."""

    def together(subjects: Iterable[str]) -> float:
        return sum(rate for failing, rate in rates.items() if failing.subject in subjects)

    return max(together(("", subject)) for subject in SUBJECTS)


def _number(text: str, word: str, *, is_share: bool) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{word!r} should be NAME=NUMBER") from None
    if is_share and not 0 <= value <= 1:
        raise ValueError(f"{word!r}: a rate is a share of all requests, from 0 to 1")
    if not 0 <= value < math.inf:
        raise ValueError(f"{word!r}: the number cannot be negative or infinite")
    return value


def _failing(text: str, word: str) -> Failing:
    subject, _, named = text.rpartition(":")
    if subject and subject not in SUBJECTS:
        raise ValueError(f"{word!r}: {subject!r} is none of {', '.join(SUBJECTS)}")
    name, _, argument = named.partition(".")
    if name not in KINDS:
        raise ValueError(f"{word!r} names no fault; the faults are {', '.join(KINDS)}, or rate for all that pass")
    wrong = _wrong_argument(KINDS[name], argument)
    if wrong:
        raise ValueError(f"{word!r}: {wrong}")
    return Failing(name, argument, subject)


def _wrong_argument(kind: Kind, argument: str) -> str:
    """Return what is wrong with what stands behind the point; "" when nothing is."""
    if kind.argument is None:
        return "this fault takes nothing behind a point" if argument else ""
    if not argument:
        return "" if kind.argument else "say which parameter, like ignored.with_genres"
    if kind.is_counted:
        return "" if re.fullmatch(r"\d+(\.\d+)?", argument) else "a number stands behind the point"
    if kind.argument in UNKNOWN and argument not in UNKNOWN:
        return f"behind the point stands one of {', '.join(UNKNOWN)}"
    return ""


def _request_numbers(text: str, word: str) -> range:
    numbers = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", text)
    first, last = (int(numbers[1]), int(numbers[2] or numbers[1])) if numbers else (0, 0)
    if not 1 <= first <= last:
        raise ValueError(f"{word!r} should be KIND@NUMBER or KIND@FIRST-LAST, and the first request is number 1")
    return range(first, last + 1)
