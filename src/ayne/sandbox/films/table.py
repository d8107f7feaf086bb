"""Real films, read from the table "TMDB 5000 Movie Dataset": 4,803 films as TMDB gave them in 2017.

The table is a CSV file whose cells hold JSON; it is read as it is published, zipped or not. What details of the table
do not say (posters, collections) stays unknown. What other questions need is made up from the film's id: credits,
releases, offers, and an IMDb id by which the sandbox's own ratings are joined. That id is not the film's real one.
"""

import csv
import io
import json
import zipfile
from array import array
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TypeVar

from ayne.sandbox.chance import SIZE, Dice

from .columns import Body, Columns, Company, Keyword, Origin, Texts, in_order_of_date
from .invention import id_of, imdb_id, language
from .offers import OFFER_LISTS
from .people import ENSEMBLES
from .releases import PATTERNS, first_pattern, pattern_among

Row = dict[str, str]
V = TypeVar("V", bound=Hashable)

_NEEDED = {
    "budget", "genres", "homepage", "id", "keywords", "original_language", "original_title", "overview", "popularity",
    "production_companies", "production_countries", "release_date", "revenue", "runtime", "spoken_languages",
    "status", "tagline", "title", "vote_average", "vote_count",
}  # fmt: skip


def read_table(path: Path) -> "tuple[Columns, Recorded]":
    """Return the columns and the lore of the films in the table.

    Raises:
        ValueError: The file is not such a table; the message says where.
    """
    try:
        with _opened(path) as lines:
            rows = list(_rows(lines))
        columns = in_order_of_date(_columns(rows))
    except (KeyError, TypeError, ValueError, csv.Error, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not a table of TMDB films: {error}") from error
    return columns, Recorded(columns, rows)


class Recorded:
    """The lore of films that were read from the table."""

    def __init__(self, columns: Columns, rows: Iterable[Row]) -> None:
        by_id = {int(row["id"]): row for row in rows}
        self._rows = [by_id[film_id] for film_id in columns.ids]

    def texts(self, position: int) -> Texts:
        """Return what a list row shows."""
        row = self._rows[position]
        return Texts(row["title"], row["original_title"], row["overview"], None, None)

    def titles(self, position: int) -> tuple[str, str]:
        """Return the title and the original title alone."""
        row = self._rows[position]
        return row["title"], row["original_title"]

    def extras(self, position: int) -> Body:
        """Return the fields that only `/movie/{id}` has."""
        row = self._rows[position]
        return {
            "belongs_to_collection": None,
            "budget": int(row["budget"]),
            "genres": json.loads(row["genres"]),
            "homepage": row["homepage"],
            "imdb_id": imdb_id(Dice("imdb_id", row["id"]), int(row["id"])),
            "production_countries": json.loads(row["production_countries"]),
            "runtime": _runtime(row) if row["runtime"] else None,
            "spoken_languages": [
                language(spoken["iso_639_1"], spoken["name"]) for spoken in json.loads(row["spoken_languages"])
            ],
            "status": row["status"],
            "tagline": row["tagline"],
        }

    def revisions(self, position: int) -> Mapping[str, int]:
        """A film is as it was made."""
        return {}

    def imdb_id(self, position: int) -> str | None:
        """Return the IMDb id, if one is known."""
        found: str | None = self.extras(position)["imdb_id"]
        return found

    def id_of(self, imdb_id: str) -> int | None:
        """Return the id of the only film that can have this IMDb id."""
        return id_of(imdb_id)


# UTF-8, also with the byte order mark that spreadsheets put in front.
_ENCODING = "utf-8-sig"


@contextmanager
def _opened(path: Path) -> Iterator[io.TextIOBase]:
    if path.suffix != ".zip":
        with path.open(encoding=_ENCODING, newline="") as lines:
            yield lines
        return
    with zipfile.ZipFile(path) as archive:
        tables = [name for name in archive.namelist() if name.endswith(".csv")]
        if len(tables) != 1:
            raise ValueError(f"the archive should hold one .csv file, and holds {len(tables)}")
        with archive.open(tables[0]) as content, io.TextIOWrapper(content, encoding=_ENCODING, newline="") as lines:
            yield lines


def _rows(lines: io.TextIOBase) -> Iterator[Row]:
    table = csv.DictReader(lines)
    missing = _NEEDED - set(table.fieldnames or ())
    if missing:
        raise ValueError(f"it lacks the columns {', '.join(sorted(missing))}")
    yield from table


def _columns(rows: list[Row]) -> Columns:
    ids = [int(row["id"]) for row in rows]
    genre_lists = [tuple(genre["id"] for genre in json.loads(row["genres"])) for row in rows]
    origins = [_origin(row) for row in rows]
    company_lists = [_companies(row) for row in rows]
    keyword_lists = [tuple(Keyword(word["id"], word["name"]) for word in json.loads(row["keywords"])) for row in rows]
    none = bytes(len(rows))
    return Columns(
        ids=array("i", ids),
        days=array("i", [_day(row["release_date"]) for row in rows]),
        votes=array("i", [int(row["vote_count"]) for row in rows]),
        averages=array("d", [float(row["vote_average"]) for row in rows]),
        popularities=array("d", [float(row["popularity"]) for row in rows]),
        revenues=array("q", [int(row["revenue"]) for row in rows]),
        runtimes=array("H", [_runtime(row) for row in rows]),
        flags=array("B", none),
        genres=_codes(genre_lists),
        origins=_codes(origins),
        companies=_codes(company_lists),
        keywords=_codes(keyword_lists),
        ensembles=array("H", [Dice("ensemble of", film_id).below(len(ENSEMBLES)) for film_id in ids]),
        releases=array("H", [_releases(origin, film_id) for origin, film_id in zip(origins, ids, strict=True)]),
        offers=array("H", [Dice("offers of", film_id).below(len(OFFER_LISTS)) for film_id in ids]),
        genre_lists=_distinct(genre_lists),
        origin_list=_distinct(origins),
        company_lists=_distinct(company_lists),
        keyword_lists=_distinct(keyword_lists),
        ensemble_list=ENSEMBLES,
        release_patterns=PATTERNS,
        offer_lists=OFFER_LISTS,
    )


def _distinct(values: list[V]) -> list[V]:
    return list(dict.fromkeys(values))


def _codes(values: list[V]) -> "array[int]":
    """Return for each value its place among the different ones."""
    places = {value: place for place, value in enumerate(_distinct(values))}
    return array("H", [places[value] for value in values])


def _companies(row: Row) -> tuple[Company, ...]:
    companies = json.loads(row["production_companies"])
    return tuple(Company(company["id"], None, company["name"], "") for company in companies)


def _releases(origin: Origin, film_id: int) -> int:
    return first_pattern(origin.countries) + pattern_among(Dice("releases of", film_id).below(SIZE))


def _origin(row: Row) -> Origin:
    # The dataset is older than `origin_country` (2024); the first producing country is the nearest thing it has.
    codes = [country["iso_3166_1"] for country in json.loads(row["production_countries"])]
    return Origin(row["original_language"], tuple(codes[:1]))


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal() if text else 0


def _runtime(row: Row) -> int:
    return int(float(row["runtime"] or 0))
