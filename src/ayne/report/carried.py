"""What the page carries of films and series for its script: values by column, names once, and the rules of its sums.

The script adds up again what is found by a filter, and by the same rules as the statements do over everything. So these
stand here once, and go to both.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ayne import spreadsheets
from ayne.report.facts import Facts, Row, Titles

CAST = 8
"""Of the cast so many count, the first billed."""

FEW_VOTES = 20
"""With fewer votes an average says more of the voter than of the year."""

LEAST_MONEY = 1_000
"""Dollars; what is below is a slip of whoever entered it, most often millions."""

RANK = 20
"""A list of the best rated is worth reading when so many have votes enough."""

STEPS = (1, 5, 10, 20, 50, 100, 200, 500)
"""Votes that may be asked for, where nobody says how many."""

_FEWEST = ((300, 3), (30, 2), (0, 1))

# What a browser keeps of an overview; hardly any is longer.
_OVERVIEW = 700

SIDES = {
    "genre": ("Genre", "Genres"),
    "decade": ("Decade", "Decades"),
    "country": ("Country", "Countries"),
    "language": ("Language", "Languages"),
    "director": ("Director", "Directors"),
    "creator": ("Creator", "Creators"),
    "actor": ("Actor", "Actors"),
    "company": ("Company", "Companies"),
    "network": ("Network", "Networks"),
    "collection": ("Collection", "Collections"),
    "keyword": ("Keyword", "Keywords"),
}
"""What titles are grouped by, in the order of the page: how one is called, and several."""

NAMED_BY_THEMSELVES = ("genre", "decade", "country", "language")
"""Sides whose members have no ids."""

# Sent as they are, in this order.
_PLAIN = (
    *("tmdb_id", "imdb_id", "title", "original", "released", "minutes", "average", "votes", "budget", "revenue"),
    *("imdb", "rotten", "metacritic", "seasons", "episodes", "poster"),
)

_RATINGS = {"average": "TMDB", "imdb": "IMDb", "rotten": "Rotten Tomatoes", "metacritic": "Metacritic"}

LACKING = {
    "movie": ("Directors and actors", "credits,keywords"),
    "series": ("Actors", "aggregate_credits,keywords"),
}
"""Of each kind, who is there only with parts, and which parts to collect then."""

_PAGES = {"movie": "https://www.themoviedb.org/movie/", "series": "https://www.themoviedb.org/tv/"}


def enough(votes_of_many: int | None) -> int:
    """Votes with which an average counts, where the film of rank ``RANK`` has these.

    >>> enough(8_205), enough(75), enough(None)
    (500, 50, 1)
    """
    return max(step for step in STEPS if step <= max(votes_of_many or 0, STEPS[0]))


def fewest(titles: int) -> int:
    """So many of these titles make a group whose average and return are worth a place.

    >>> fewest(4_803), fewest(100), fewest(7)
    (3, 2, 1)
    """
    return next(least for above, least in _FEWEST if titles > above or not above)


def data(facts: Facts, *, posters: bool) -> dict[str, Any]:
    """Everything that the script needs at once; it is JSON.

    Args:
        facts: what the page shows.
        posters: whether a card may show its poster, which a browser then fetches from TMDB.
    """
    # Ids of a sandbox are other films there.
    is_tmdb = facts.servers == ["TMDB"]
    return {
        "rules": {
            "few": FEW_VOTES,
            "least": LEAST_MONEY,
            "rank": RANK,
            "steps": STEPS,
            "fewest": _FEWEST,
            "risky": spreadsheets.RISKY,
        },
        "posters": posters,
        "sources": _RATINGS,
        "kinds": [_kind(told, is_tmdb=is_tmdb) for told in facts.kinds],
    }


def texts(facts: Facts) -> dict[str, list[str | None]]:
    """The overviews, which are needed when the first card is opened."""
    return {told.kind: [_cut(row["overview"]) for row in told.titles] for told in facts.kinds}


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= _OVERVIEW else text[:_OVERVIEW].rsplit(" ", 1)[0] + " …"


def _kind(told: Titles, *, is_tmdb: bool) -> dict[str, Any]:
    members: dict[str, dict[int, tuple[list[str], list[str]]]] = {}
    for row in told.members:
        members.setdefault(row["side"], {})[row["tmdb_id"]] = (row["members"], row["names"])
    for side, column in (("genre", "genres"), ("country", "countries")):
        members[side] = {row["tmdb_id"]: (each := _known(row[column]), each) for row in told.titles}
    members["language"] = {row["tmdb_id"]: (each := _known([row["language"]]), each) for row in told.titles}
    groups: dict[str, list[Row]] = {}
    for row in told.groups:
        groups.setdefault(row["side"], []).append(row)
    ids = [row["tmdb_id"] for row in told.titles]
    return {
        "kind": told.kind,
        "noun": told.noun,
        "plural": told.plural,
        "total": told.summary["titles"],
        "lacking": LACKING[told.kind],
        "asked": told.asked,
        "enough": told.enough,
        "page": _PAGES.get(told.kind) if is_tmdb else None,
        "imdb": "https://www.imdb.com/title/" if is_tmdb else None,
        "columns": {name: [_sent(row, name) for row in told.titles] for name in _PLAIN},
        "sides": [
            {"side": side, "one": one, "many": many, **_side(ids, members.get(side, {}), groups.get(side, []))}
            for side, (one, many) in SIDES.items()
            if side in groups or members.get(side)
        ],
        "ratings": _ratings(told.ratings),
        "years": [[row["year"], row["titles"], row["rated"], _rounded(row["quartiles"])] for row in told.years],
    }


def _known(values: Sequence[str | None] | None) -> list[str]:
    return list(dict.fromkeys(value for value in values or () if value is not None))


def _side(ids: Sequence[int], of: Mapping[int, tuple[list[str], list[str]]], groups: list[Row]) -> dict[str, Any]:
    """Members by number: each is named once, and titles say the numbers. The sums are those over everything."""
    numbers: dict[str, int] = {}
    names: list[str] = []

    def number(member: str, name: str) -> int:
        if member not in numbers:
            numbers[member] = len(names)
            names.append(name)
        return numbers[member]

    held = [[number(*each) for each in zip(*of.get(tmdb_id, ((), ())), strict=True)] for tmdb_id in ids]
    sums = [
        [number(row["member"], row["name"]), row["titles"], row["votes"], *map(_short, _measures(row))]
        for row in groups
    ]
    keys = list(numbers)
    return {"keys": None if keys == names else keys, "names": names, "of": held, "sums": sums}


def _measures(row: Row) -> tuple[float | None, float | None, float | None]:
    return row["rating"], row["revenue"], row["returned"]


def _ratings(rows: list[Row]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in rows:
        # Ten is no step of its own: it is drawn with what is just below.
        found.setdefault(row["source"], [0] * 20)[min(int(row["step"] * 2), 19)] += row["titles"]
    return {source: found[source] for source in _RATINGS if source in found}


def _rounded(values: Sequence[float] | None) -> list[float] | None:
    return None if values is None else [round(value, 2) for value in values]


def _short(value: float | None) -> float | None:
    return round(value, 4) if isinstance(value, float) else value


def _sent(row: Row, name: str) -> Any:
    """What nobody would miss is not sent."""
    if name == "original" and row[name] == row["title"]:
        return None
    return _short(row[name])
