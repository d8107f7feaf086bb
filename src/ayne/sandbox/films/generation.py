"""The columns of invented films: as many as asked for, distributed like the real ones.

The spread matters more than the films. Most have few votes and no revenue, recent years are crowded, one day can hold
more films than any single query may return, and ids have gaps and tell nothing about dates: those are the habits of
TMDB that a collector has to survive.
"""

from array import array
from bisect import bisect_right
from datetime import date
from functools import cache
from itertools import accumulate

from ayne.sandbox.chance import SIZE, draws, quantiles, weighted

from .columns import ADULT, VIDEO, Columns, Origin, reordered
from .offers import OFFER_LISTS
from .people import ENSEMBLES
from .releases import PATTERNS, first_pattern, pattern_among
from .studios import COMPANY_LISTS
from .topics import KEYWORD_LISTS, genre_lists

BUSIEST_DAY = date(2019, 1, 1).toordinal()
#: Films dated later than this are not out yet: nobody has voted for them.
LAST_RELEASED_DAY = date(2026, 6, 30).toordinal()

ORIGINS = (
    (Origin("en", ("US",)), 330), (Origin("en", ("GB",)), 70), (Origin("en", ("CA",)), 30),
    (Origin("en", ("AU",)), 15), (Origin("en", ("US", "GB")), 15), (Origin("fr", ("FR",)), 70),
    (Origin("fr", ("CA",)), 10), (Origin("es", ("ES",)), 40), (Origin("es", ("MX",)), 30),
    (Origin("es", ("AR",)), 20), (Origin("ja", ("JP",)), 60), (Origin("de", ("DE",)), 50), (Origin("de", ("AT",)), 8),
    (Origin("zh", ("CN",)), 30), (Origin("zh", ("TW",)), 10), (Origin("cn", ("HK",)), 15),
    (Origin("ko", ("KR",)), 25), (Origin("hi", ("IN",)), 35), (Origin("it", ("IT",)), 35),
    (Origin("pt", ("BR",)), 30), (Origin("pt", ("PT",)), 6), (Origin("ru", ("RU",)), 25), (Origin("sv", ("SE",)), 15),
    (Origin("ar", ("EG",)), 10), (Origin("xx", ()), 10), (Origin("en", ()), 6),
)  # fmt: skip
#: What the code of an origin means.
ORIGIN_LIST = [origin for origin, _ in ORIGINS]


def generated_columns(movies: int, seed: int, busiest_day: int, undated: float) -> Columns:
    """Return the columns of so many films; the arguments decide every value.

    What the codes mean is the same whatever the arguments, so that the columns of one set of films can be put behind
    those of another.
    """
    days = _days(movies, seed, busiest_day, round(movies * undated))
    votes = _votes(days, seed)
    origins = _drawn("B", movies, seed, "origins", _shares(*((code, share) for code, (_, share) in enumerate(ORIGINS))))
    return Columns(
        ids=ids_with_gaps(movies, seed),
        days=days,
        votes=votes,
        averages=_averages(votes, seed),
        popularities=_popularities(votes, seed),
        revenues=_revenues(votes, seed),
        runtimes=_drawn(
            "H", movies, seed, "runtime", _growth((0, 0), (60, 1), (200, 30), (400, 85), (800, 110), (1000, 240))
        ),
        flags=_drawn("B", movies, seed, "flags", _shares((0, 970), (ADULT, 15), (VIDEO, 15))),
        genres=_codes("genres", movies, seed, len(genre_lists())),
        origins=origins,
        companies=_codes("companies", movies, seed, len(COMPANY_LISTS)),
        keywords=_codes("keywords", movies, seed, len(KEYWORD_LISTS)),
        ensembles=_codes("ensembles", movies, seed, len(ENSEMBLES)),
        releases=_releases(origins, seed),
        offers=_codes("offers", movies, seed, len(OFFER_LISTS)),
        genre_lists=genre_lists(),
        origin_list=ORIGIN_LIST,
        company_lists=COMPANY_LISTS,
        keyword_lists=KEYWORD_LISTS,
        ensemble_list=ENSEMBLES,
        release_patterns=PATTERNS,
        offer_lists=OFFER_LISTS,
    )


# The tables are long, and a handful of films should not wait for them twice.
@cache
def _shares(*shares: tuple[int, int]) -> list[int]:
    return weighted(*shares)


@cache
def _growth(*points: tuple[int, int]) -> list[int]:
    return quantiles(*points)


def _codes(name: str, movies: int, seed: int, meanings: int) -> "array[int]":
    """Return a code below the number of meanings for each film, all equally likely."""
    drawn = draws(seed, name, movies)
    # With as many meanings as a draw has outcomes, the draw is the code, and a million films cost nothing.
    return drawn if meanings == SIZE else array("H", [draw * meanings // SIZE for draw in drawn])


def _drawn(typecode: str, movies: int, seed: int, name: str, table: list[int]) -> "array[int]":
    return array(typecode, map(table.__getitem__, draws(seed, name, movies)))


def ids_with_gaps(count: int, seed: int, of: str = "") -> "array[int]":
    """Return ids with gaps between them, in an order that has nothing to do with the dates.

    Args:
        count: How many.
        seed: Which ones.
        of: What tells these draws from others with the same seed.
    """
    ascending = array("i", accumulate(1 + (draw & 1) for draw in draws(seed, f"{of}gaps", count)))
    high, low = draws(seed, f"{of}high", count), draws(seed, f"{of}low", count)
    keys = [a * SIZE + b for a, b in zip(high, low, strict=True)]
    return reordered(ascending, sorted(range(count), key=keys.__getitem__))


def _days(movies: int, seed: int, busiest_day: int, undated: int) -> "array[int]":
    """Return the release dates, ascending; only `busiest_day` puts films on the busiest day."""
    if busiest_day + undated > movies:
        raise ValueError(f"{movies} films are too few for {busiest_day} on one day and {undated} without a date")
    table = _dates()
    drawn = [table[draw] for draw in draws(seed, "days", movies - busiest_day - undated)]
    return array("i", [0] * undated + sorted(drawn + [BUSIEST_DAY] * busiest_day))


@cache
def _dates() -> list[int]:
    years = ((0, 1900), (50, 1950), (180, 1980), (350, 2000), (700, 2015), (990, 2026))
    points = [(share, date(year, 1, 1).toordinal()) for share, year in years]
    table = _growth(*points, (1000, date(2027, 1, 1).toordinal()))
    return [day + (day == BUSIEST_DAY) for day in table]


def _votes(days: "array[int]", seed: int) -> "array[int]":
    points = ((0, 0), (300, 0), (450, 4), (600, 12), (750, 50), (875, 200), (950, 900), (990, 4_000), (999, 15_000))
    votes = _drawn("i", len(days), seed, "votes", _growth(*points, (1000, 38_000)))
    released = bisect_right(days, LAST_RELEASED_DAY)
    votes[released:] = array("i", [0] * (len(days) - released))
    return votes


def _averages(votes: "array[int]", seed: int) -> "array[float]":
    table = _growth((0, 1000), (50, 3500), (250, 5400), (600, 6500), (900, 7500), (990, 9000), (1000, 10_000))
    drawn = map(table.__getitem__, draws(seed, "averages", len(votes)))
    return array("d", [average / 1000 if count else 0.0 for average, count in zip(drawn, votes, strict=True)])


def _popularities(votes: "array[int]", seed: int) -> "array[float]":
    table = _growth((0, 0), (400, 2_000), (800, 9_000), (970, 40_000), (999, 400_000), (1000, 4_000_000))
    drawn = map(table.__getitem__, draws(seed, "popularities", len(votes)))
    return array("d", [(base + 20 * count) / 10_000 for base, count in zip(drawn, votes, strict=True)])


def _revenues(votes: "array[int]", seed: int) -> "array[int]":
    """Return revenues in US dollars; 0 is unknown, which is what TMDB says of almost every film."""
    points = ((0, 0), (400, 0), (700, 2_000_000), (900, 60_000_000), (990, 700_000_000), (1000, 2_950_000_000))
    table = _growth(*points)
    drawn = map(table.__getitem__, draws(seed, "revenues", len(votes)))
    return array("q", [revenue if count >= 50 else 0 for revenue, count in zip(drawn, votes, strict=True)])


def _releases(origins: "array[int]", seed: int) -> "array[int]":
    """A film comes out first where it comes from."""
    first = [first_pattern(origin.countries) for origin in ORIGIN_LIST]
    which = _which_pattern()
    drawn = draws(seed, "releases", len(origins))
    return array("H", [first[origin] + which[draw] for origin, draw in zip(origins, drawn, strict=True)])


@cache
def _which_pattern() -> list[int]:
    return [pattern_among(draw) for draw in range(SIZE)]
