"""IMDb's daily file of ratings: `/imdb/title.ratings.tsv.gz`.

It is UTF-8 text, a line a title, with tabs between `tconst`, `averageRating` and `numVotes`; a title without a rating
is not in it. The ratings are those that OMDb passes on here. IMDb does not say when on a day the file is made; here it
is when TMDB's exports are.

https://developer.imdb.com/non-commercial-datasets/
"""

import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from .answers import Answer, Request
from .catalogue import Catalogue
from .exports.daily import LatestFiles
from .exports.site import hosted, refused
from .omdb.films import imdb_rating
from .world import World

PREFIX = "/imdb/"
RATINGS = "title.ratings.tsv.gz"

_HEAD = "tconst\taverageRating\tnumVotes\n"
_BATCH = 10_000


class ImdbFiles:
    """The site that serves the file.

    Args:
        world: The films.
        seed: Which ratings they have.
    """

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed
        self._files = LatestFiles()

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request for the file, or for a piece of it."""
        if request.method not in ("GET", "HEAD"):
            return refused(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
        if not self.is_slow(request):
            return refused(403, "AccessDenied", "Access Denied")
        made_at = self._world.exported_at(_day_of_newest(self._world, now))
        file = self._files.get(made_at, lambda: written(self._world.existing(made_at), self._seed))
        return hosted(file, made_at, request)

    def is_slow(self, request: Request) -> bool:
        """Tell whether other clients should not wait: the file takes seconds to make."""
        return request.path == PREFIX + RATINGS


def _day_of_newest(world: World, now: float) -> date:
    day = datetime.fromtimestamp(now, UTC).date()
    return day if world.exported_at(day) <= now else day - timedelta(days=1)


def written(films: Catalogue, seed: int) -> bytes:
    """Return the file that tells the ratings of these films, in the order of their IMDb ids."""
    compressor = zlib.compressobj(level=3, wbits=31)
    pieces = [compressor.compress(_HEAD.encode())]
    lines = sorted(_lines(films, seed))
    pieces += [compressor.compress("".join(lines[at : at + _BATCH]).encode()) for at in range(0, len(lines), _BATCH)]
    return b"".join([*pieces, compressor.flush()])


def _lines(films: Catalogue, seed: int) -> Iterator[str]:
    columns = films.columns
    for position in range(len(films)):
        extras = films.lore.extras(position)
        if extras["imdb_id"]:
            numbers = {"vote_count": columns.votes[position], "vote_average": columns.averages[position]}
            rating, votes = imdb_rating(extras | numbers, seed)
            if votes is not None:
                yield f"{extras['imdb_id']}\t{rating}\t{votes}\n"
