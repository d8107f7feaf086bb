r"""Serve IMDb's daily files: `/imdb/title.ratings.tsv.gz` and `/imdb/title.episode.tsv.gz`.

They are UTF-8 text, a line a title, with tabs between the columns. The first has `tconst`, `averageRating` and
`numVotes` of films, series and episodes; a title without a rating is not in it. Those of films and series are the
ratings that OMDb passes on here. The second has `tconst`, `parentTconst`, `seasonNumber` and `episodeNumber` of the
episodes that IMDb knows. It numbers them as TMDB does, but for specials, which have no number (`\N`), and one series in
twenty, all of whose episodes are one season to it.

IMDb does not say when on a day the files are made; here it is when TMDB's exports are.

https://developer.imdb.com/non-commercial-datasets/
"""

import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from .answers import Answer, Request
from .catalogue import Catalogue
from .chance import Dice
from .exports.daily import LatestFiles
from .exports.site import hosted, refused
from .omdb.films import imdb_rating
from .omdb.series import imdb_rating_of_series
from .series.external_ids import imdb_of_episode, is_on_imdb
from .series.guide import Guide
from .television import Television
from .world import World

PREFIX = "/imdb/"
RATINGS, EPISODES = "title.ratings.tsv.gz", "title.episode.tsv.gz"

_HEADS = {RATINGS: "tconst\taverageRating\tnumVotes\n", EPISODES: "tconst\tparentTconst\tseasonNumber\tepisodeNumber\n"}
_BATCH = 10_000


class ImdbFiles:
    """The site that serves the files.

    Args:
        world: The films and series.
        seed: Which ratings they have.
    """

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed
        self._files = LatestFiles()

    def answer(self, request: Request, now: float) -> Answer:
        """Answer a request for a file, or for a piece of it."""
        if request.method not in ("GET", "HEAD"):
            return refused(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
        if not self.is_slow(request):
            return refused(403, "AccessDenied", "Access Denied")
        name = request.path.removeprefix(PREFIX)
        made_at = self._world.exported_at(_day_of_newest(self._world, now))
        file = self._files.get((name, made_at), lambda: written(_HEADS[name], self._lines(name, made_at)))
        return hosted(file, made_at, request)

    def is_slow(self, request: Request) -> bool:
        """Tell whether other clients should not wait: a file takes seconds to make."""
        return request.path.startswith(PREFIX) and request.path.removeprefix(PREFIX) in _HEADS

    def _lines(self, name: str, made_at: float) -> Iterator[str]:
        series = self._world.television.existing(made_at)
        if name == EPISODES:
            yield from _numbers(series, self._seed)
        else:
            yield from _of_films(self._world.existing(made_at), self._seed)
            yield from _of_series(series, self._seed)


def _day_of_newest(world: World, now: float) -> date:
    day = datetime.fromtimestamp(now, UTC).date()
    return day if world.exported_at(day) <= now else day - timedelta(days=1)


def written(head: str, lines: Iterator[str]) -> bytes:
    """Return the file of these lines, in the order of their ids."""
    compressor = zlib.compressobj(level=3, wbits=31)
    pieces = [compressor.compress(head.encode())]
    ordered = sorted(lines)
    pieces += [
        compressor.compress("".join(ordered[at : at + _BATCH]).encode()) for at in range(0, len(ordered), _BATCH)
    ]
    return b"".join([*pieces, compressor.flush()])


def _of_films(films: Catalogue, seed: int) -> Iterator[str]:
    columns = films.columns
    for position in range(len(films)):
        extras = films.lore.extras(position)
        if extras["imdb_id"]:
            numbers = {"vote_count": columns.votes[position], "vote_average": columns.averages[position]}
            rating, votes = imdb_rating(extras | numbers, seed)
            if votes is not None:
                yield f"{extras['imdb_id']}\t{rating}\t{votes}\n"


def _of_series(series: Television, seed: int) -> Iterator[str]:
    columns = series.columns
    for position, imdb_id in _known(series):
        rating, votes = imdb_rating_of_series(imdb_id, columns.votes[position], columns.averages[position], seed)
        if votes is not None:
            yield f"{imdb_id}\t{rating}\t{votes}\n"
            yield from _of_episodes(series.lore.guide(position), float(rating), votes, seed)


def _of_episodes(guide: Guide, rating: float, votes: int, seed: int) -> Iterator[str]:
    """Of what has aired nine of ten are rated, each by a part of those who rated the series."""
    for season, place in guide.episodes():
        episode = guide.place(season, place).episode
        dice = Dice(seed, "imdb episode", episode)
        if is_on_imdb(episode) and 0 < season.day(place) <= guide.today and dice.chance(90):
            tenths = min(100, max(10, int(rating * 10) + dice.between(-12, 12)))
            yield f"{imdb_of_episode(episode)}\t{tenths / 10:.1f}\t{max(5, votes * dice.between(2, 30) // 100)}\n"


def _numbers(series: Television, seed: int) -> Iterator[str]:
    for position, imdb_id in _known(series):
        guide = series.lore.guide(position)
        is_one_season = Dice(seed, "imdb numbers", series.columns.ids[position]).chance(5)
        count = 0
        for season, place in guide.episodes():
            told = guide.place(season, place)
            count += season.slot > 0
            numbers = f"1\t{count}" if is_one_season else f"{told.season_number}\t{told.episode_number}"
            if is_on_imdb(told.episode):
                yield f"{imdb_of_episode(told.episode)}\t{imdb_id}\t{numbers if season.slot else _UNKNOWN}\n"


_UNKNOWN = "\\N\t\\N"


def _known(series: Television) -> Iterator[tuple[int, str]]:
    """Yield where the series stand that IMDb knows, and its ids of them."""
    imdb_id: Callable[[int], str | None] = series.lore.imdb_id
    for position in range(len(series)):
        if found := imdb_id(position):
            yield position, found
