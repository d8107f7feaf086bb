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
class Titles:
    """What the page knows of the films, or of the series.

    Attributes:
        kind: our word for what they are, as in ``--kind``.
        noun, plural: the same in sentences.
        summary: of all: how many, from when to when, how many votes.
        ratings: how many by source of the rating and half point.
        years: of each year: how many, and quartiles of TMDB's average.
        groups: sums by genre, country, director and so on, over all.
        titles: those that the page carries.
        members: of each side (director, company, keyword) and title, who it is.
        asked: how many of the most voted ones the page may carry.
        enough: with so many votes an average counts.
        fewest: so many titles make a group.
    """

    kind: str
    noun: str
    plural: str
    summary: Row
    ratings: list[Row]
    years: list[Row]
    groups: list[Row]
    titles: list[Row]
    members: list[Row]
    asked: int
    enough: int
    fewest: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the page shows.

    Attributes:
        database: the name of the file.
        version: of ayne.
        made_at: when the database was asked, UTC.
        servers: where the films come from; ``TMDB`` for the real one.
        kinds: films, and series where there are any.
        overview: of all films: how many, with what, and how old.
        others: how many there are of what else the file holds: seasons, episodes.
        people: the best known people, where the file has any.
        years: of each year of release: films, and what the ledger says of it.
        discoveries: the last discoveries, each with its ranges counted by state.
        unproven: ranges that are not proven complete, the newest of them; each says how many there are in all.
        ages: films by the age of their copy in weeks.
        expiring: how many copies near the limit of six months.
        parts: films and rows by part.
        failures: films by reason.
        runs: the last runs, the newest first; ``plan`` and ``report`` are mappings.
        run_totals: what all runs took.
    """

    database: str
    version: str
    made_at: datetime
    servers: list[str]
    kinds: list[Titles]
    overview: Row
    others: dict[str, int]
    people: list[Row]
    years: list[Row]
    discoveries: list[Row]
    unproven: list[Row]
    ages: list[Row]
    expiring: Row
    parts: list[Row]
    failures: list[Row]
    runs: list[Row]
    run_totals: Row
