"""The caches between TMDB and its clients: which copy of an answer a URL gets, and how old that copy is.

In the recordings an answer passes two caches. TMDB's own keeps it for eight hours and counts `max-age` down; the
content delivery network keeps what it fetched from there, with a fixed `Date` and `max-age` and a growing `Age`. So an
answer is as old as the first cache's copy, which is older than its `Date` and `Age` say. Every URL is a copy of its
own, begun at a moment of its own; the key is no part of that URL here.
"""

from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import urlencode

from .answers import Answer, Request
from .chance import Dice

#: Seconds for which TMDB's own cache keeps an answer: the longest `max-age` that was recorded for films and lists.
LIFETIME = 28_800


@dataclass(frozen=True, slots=True)
class Copy:
    """One cached copy of the answer to one URL."""

    made: int
    """When TMDB made it, in seconds since 1970."""
    fetched: int
    """When the network fetches it from TMDB's cache, if it is still good; asked before that, it has none yet."""
    lifetime: int

    def headers(self, now: float) -> dict[str, str]:
        """Return what a client is told of this copy's age."""
        fetched = min(self.fetched, int(now))
        age = int(now) - fetched
        return {
            "Date": formatdate(fetched, usegmt=True),
            "Cache-Control": f"public, max-age={self.made + self.lifetime - fetched}",
        } | ({"Age": str(age)} if age else {})


class Cdn:
    """The copies of all URLs, as a function of the seed: nothing is kept.

    >>> cdn, request = Cdn(seed=1), Request("GET", "/3/movie/550")
    >>> cdn.copy(request, 1_000_000).made <= 1_000_000 < cdn.copy(request, 1_000_000).made + LIFETIME
    True

    Args:
        seed: Decides when the copy of each URL begins.
        lifetime: Seconds after which a copy is replaced by a new one.
    """

    def __init__(self, seed: int, lifetime: int = LIFETIME) -> None:
        if lifetime < 1:
            raise ValueError(f"a cache keeps its copies for at least a second, not {lifetime}")
        self._seed = seed
        self._lifetime = lifetime

    def copy(self, request: Request, now: float) -> Copy:
        """Return the copy that is served now."""
        url = canonical(request)
        phase = Dice(self._seed, "cdn", url).below(self._lifetime)
        made = (int(now) + phase) // self._lifetime * self._lifetime - phase
        return Copy(made, made + Dice(self._seed, "cdn", made, url).below(self._lifetime), self._lifetime)


def canonical(request: Request) -> str:
    """Return the URL by which copies are told apart: parameters in order, and no key.

    >>> canonical(Request("GET", "/3/movie/5", "language=de&api_key=k&append_to_response=credits"))
    '/3/movie/5?append_to_response=credits&language=de'
    """
    parameters = request.parameters()
    parameters.pop("api_key", None)
    return f"{request.path}?{urlencode(sorted(parameters.items()))}"


def may_be_cached(answer: Answer) -> bool:
    """Tell whether caches keep such an answer: films and lists, and that a film does not exist."""
    return answer.status in (200, 404)
