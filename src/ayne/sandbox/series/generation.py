"""The columns of invented series: as many as asked for, distributed like the real ones.

Of TMDB's series one in seven has no first air date, most have few votes, three of ten have keywords, and a few thousand
are on the air.
"""

from array import array
from datetime import UTC, date, datetime
from functools import cache

from ayne.sandbox.chance import SIZE, draws, quantiles, weighted
from ayne.sandbox.films.columns import ADULT, in_order_of_date
from ayne.sandbox.films.generation import ORIGIN_LIST, ORIGINS, ids_with_gaps
from ayne.sandbox.films.offers import OFFER_LISTS
from ayne.sandbox.films.people import ENSEMBLES
from ayne.sandbox.films.studios import COMPANY_LISTS
from ayne.sandbox.films.topics import KEYWORD_LISTS, listed_genres

from .columns import GENRES, TYPES, SeriesColumns
from .networks import NETWORK_LISTS
from .plan import MINI, is_long, plan

_DAY = 86_400
#: By now long-running series have had the time for their thousands of episodes.
_OLD = ((0, date(1951, 1, 1)), (1000, date(1990, 1, 1)))
#: As films' are, but television is younger, and of 2021 to 2025 each year has six to eight of a hundred. The last ones
#: have not begun yet.
_DATES = (
    (0, date(1936, 1, 1)),
    (10, date(1960, 1, 1)),
    (75, date(1990, 1, 1)),
    (145, date(2000, 1, 1)),
    (300, date(2010, 1, 1)),
    (475, date(2017, 1, 1)),
    (620, date(2021, 1, 1)),
    (945, date(2026, 1, 1)),
    (980, date(2026, 7, 1)),
    (1000, date(2028, 1, 1)),
)


@cache
def genre_lists() -> tuple[tuple[int, ...], ...]:
    """Return what the code of a list of genres means."""
    return listed_genres("series genres", (*GENRES, *[18] * 10, *[35] * 7, *[99] * 4, *[16, 10764] * 3))


def generated_columns(series: int, seed: int, undated: float, as_of: float) -> SeriesColumns:
    """Return the columns of so many series; the arguments decide every value.

    Args:
        series: How many there are.
        seed: Which ones.
        undated: The share that never has a first air date.
        as_of: The moment, in seconds since 1970, whose knowledge the columns hold.
    """
    ids = ids_with_gaps(series, seed, "series ")
    return columns_of(ids, _premieres(ids, seed, undated), seed, as_of)


def columns_of(ids: "array[int]", premieres: "array[int]", seed: int, as_of: float) -> SeriesColumns:
    """Return the columns of series with these ids and premieres."""
    count = len(ids)
    # At a midnight, the news of the day that begins are not known yet.
    until = datetime.fromtimestamp(as_of - 1, UTC).toordinal()
    days, finals, statuses, is_mini = array("i"), array("i"), array("B"), []
    for position, (number, day) in enumerate(zip(ids, premieres, strict=True)):
        # Past the cache: whoever asks for a series next is not the one that was made last.
        made = plan.__wrapped__(seed, number, day)
        days.append(day if made.told <= until else 0)
        finals.append(made.final)
        statuses.append(made.status(until))
        if made.shape == MINI:
            is_mini.append(position)
    votes = _votes(premieres, seed, until)
    types = _drawn("B", count, seed, "types", _types())
    for position in is_mini:
        types[position] = TYPES.index("Miniseries")
    return in_order_of_date(
        SeriesColumns(
            ids=ids,
            days=days,
            votes=votes,
            averages=_averages(votes, seed),
            popularities=_popularities(votes, seed),
            runtimes=_drawn("B", count, seed, "minutes", _table((0, 0), (50, 3), (300, 22), (600, 30), (1000, 95))),
            flags=_drawn("B", count, seed, "flags", weighted((0, 990), (ADULT, 10))),
            genres=_codes("genres", count, seed, len(genre_lists())),
            origins=_drawn("B", count, seed, "origins", _origins()),
            companies=_codes("companies", count, seed, len(COMPANY_LISTS)),
            keywords=_keywords(count, seed),
            ensembles=_codes("ensembles", count, seed, len(ENSEMBLES)),
            offers=_codes("offers", count, seed, len(OFFER_LISTS)),
            genre_lists=genre_lists(),
            origin_list=ORIGIN_LIST,
            company_lists=COMPANY_LISTS,
            keyword_lists=KEYWORD_LISTS,
            ensemble_list=ENSEMBLES,
            offer_lists=OFFER_LISTS,
            premieres=premieres,
            finals=finals,
            statuses=statuses,
            types=types,
            networks=_codes("networks", count, seed, len(NETWORK_LISTS)),
            screened=_drawn("B", count, seed, "screened", weighted((0, 985), (1, 15))),
            network_lists=NETWORK_LISTS,
        )
    )


def _premieres(ids: "array[int]", seed: int, undated: float) -> "array[int]":
    table, old = (_table(*((share, day.toordinal()) for share, day in dates)) for dates in (_DATES, _OLD))
    dates = draws(seed, "series/premieres", len(ids))
    unknown = draws(seed, "series/undated", len(ids))
    return array(
        "i",
        [
            old[draw] if is_long(number) else 0 if missing < undated * SIZE else table[draw]
            for number, draw, missing in zip(ids, dates, unknown, strict=True)
        ],
    )


@cache
def _types() -> list[int]:
    shares = {
        "Scripted": 69, "Documentary": 10, "Reality": 10, "Talk Show": 4, "News": 1, "Video": 1, "Miniseries": 5,
    }  # fmt: skip
    return weighted(*((TYPES.index(name), share) for name, share in shares.items()))


@cache
def _table(*points: tuple[int, int]) -> list[int]:
    return quantiles(*points)


@cache
def _origins() -> list[int]:
    return weighted(*((code, share) for code, (_, share) in enumerate(ORIGINS)))


def _drawn(typecode: str, count: int, seed: int, name: str, table: list[int]) -> "array[int]":
    return array(typecode, map(table.__getitem__, draws(seed, f"series/{name}", count)))


def _codes(name: str, count: int, seed: int, meanings: int) -> "array[int]":
    return array("H", [draw * meanings // SIZE for draw in draws(seed, f"series/{name}", count)])


def _keywords(count: int, seed: int) -> "array[int]":
    """Seven of ten series have none."""
    none = next(code for code in range(SIZE) if not KEYWORD_LISTS[code])
    has = draws(seed, "series/has keywords", count)
    codes = _codes("keywords", count, seed, len(KEYWORD_LISTS))
    return array("H", [code if draw % 100 < 44 else none for code, draw in zip(codes, has, strict=True)])


def _votes(premieres: "array[int]", seed: int, until: int) -> "array[int]":
    points = ((0, 0), (420, 0), (600, 3), (800, 12), (900, 45), (960, 200), (990, 1_500), (999, 8_000))
    drawn = _drawn("i", len(premieres), seed, "votes", _table(*points, (1000, 27_000)))
    return array("i", [votes if day <= until else 0 for votes, day in zip(drawn, premieres, strict=True)])


def _averages(votes: "array[int]", seed: int) -> "array[float]":
    table = _table((0, 1000), (50, 4000), (250, 6300), (600, 7400), (900, 8400), (990, 9300), (1000, 10_000))
    drawn = _drawn("H", len(votes), seed, "averages", table)
    return array("d", [average / 1000 if count else 0.0 for average, count in zip(drawn, votes, strict=True)])


def _popularities(votes: "array[int]", seed: int) -> "array[float]":
    table = _table((0, 0), (440, 9_000), (920, 45_000), (970, 100_000), (999, 900_000), (1000, 5_000_000))
    drawn = _drawn("i", len(votes), seed, "popularities", table)
    return array("d", [(base + 20 * count) / 10_000 for base, count in zip(drawn, votes, strict=True)])
