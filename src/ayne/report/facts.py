"""What a report knows: plain values, without a database behind them."""

# Pure: values in, values out.

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = dict[str, Any]

# Half a year has 26 weeks; TMDB's terms allow no older copy.
WEEKS_ALLOWED = 26


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the page shows.

    Attributes:
        database: the name of the file.
        version: of ayne.
        made_at: when the database was asked, UTC.
        servers: where the films come from; ``TMDB`` for the real one.
        overview: of all films: how many, with what, from when to when.
        others: how many there are of what else the file holds: series, seasons, episodes.
        years: of each year of release: films, and what the ledger says of it.
        discoveries: the last discoveries, each with its ranges counted by state.
        unproven: ranges that are not proven complete, the newest of them; each says how many there are in all.
        averages: films by source of the rating and half point.
        averages_by_year: quartiles of TMDB's average.
        money: title, year, budget and revenue of the most voted films that have both.
        genres: films by year and genre.
        languages: films by language.
        ages: films by the age of their copy in weeks.
        expiring: how many copies near the limit of six months.
        parts: films and rows by part.
        failures: films by reason.
        runs: the last runs, the newest first; ``plan`` and ``report`` are mappings.
        run_totals: what all runs took.
        films: the rows of the table.
        films_asked: how many of them there could have been at most.
    """

    database: str
    version: str
    made_at: datetime
    servers: list[str]
    overview: Row
    others: dict[str, int]
    years: list[Row]
    discoveries: list[Row]
    unproven: list[Row]
    averages: list[Row]
    averages_by_year: list[Row]
    money: list[Row]
    genres: list[Row]
    languages: list[Row]
    ages: list[Row]
    expiring: Row
    parts: list[Row]
    failures: list[Row]
    runs: list[Row]
    run_totals: Row
    films: list[Row]
    films_asked: int
