"""Read lists of films from files: plain text, CSV, TSV, JSON, XML and Parquet, compressed with gzip or not.

A list is read as a stream, whatever its length. What it is, its beginning says, not its name.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, Literal, Protocol, cast
from xml.etree import ElementTree

import msgspec

from ayne.data_collection.given_columns import IdColumns, NoIdColumn, id_columns
from ayne.data_collection.given_ids import Given, read_id
from ayne.errors import ConfigurationError
from ayne.kinds import MOVIE, Kind

# What may be named as a list: a file, "-" for standard input, or the ids themselves.
Ids = str | Path | Iterable[int | str]

# By how many of its rows a table is judged.
_SAMPLE = 200

_PIECE = 1 << 20

# A cell of a table may hold the whole cast of a film as text; the library's own limit is 128 kB.
_LARGEST_CELL = 1 << 26

# How deep ids lie in records; Trakt's are at `movie.ids.tmdb`.
_DEEPEST = 4

# In which list of a document a record stood: Simkl keeps films and series apart so.
_LIST = "(kind)"

# The elements of XML that are a film or a series: of Kodi's exports and Plex's answers.
_ELEMENTS = frozenset({"movie", "tvshow", "episodedetails", "musicvideo", "Video", "Directory"})


class ParquetTable(Protocol):
    """A Parquet file."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        ...

    def rows(self, columns: Sequence[str], most: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Yield the values of some columns, row by row."""
        ...


OpenParquet = Callable[[Path], ParquetTable]


@dataclass(frozen=True, slots=True)
class GivenList:
    """A list of films.

    Attributes:
        name: the file's name, as it was given.
        digest: SHA-256 in hexadecimal, of what it holds, and of the column that was asked for.
        columns: which columns the ids come from, in words; None when it is a list of ids and nothing else.
        rows: the number of each row, from 1 and without a header, and what it says; they can be read once.
    """

    name: str
    digest: str
    columns: str | None
    rows: Iterator[tuple[int, Given]]


@contextmanager
def open_list(
    ids: Ids, id_column: str | None = None, *, parquet: OpenParquet, kind: Kind = MOVIE
) -> Iterator[GivenList]:
    """Open a list of films, or of another kind, for as long as the context.

    Args:
        ids: a file; ``-`` for standard input; or the ids and addresses themselves.
        id_column: the column with the ids; by default the one that is known by its name.
        parquet: opens a Parquet file.
        kind: of what its ids are.

    Raises:
        ConfigurationError: it cannot be read, or it is not certain which column holds ids; the message says what to do.

    Example:
        >>> with open_list([550, "tt0137523"], parquet=None) as listed:
        ...     [given.tmdb_id or given.imdb_id for _, given in listed.rows]
        [550, 'tt0137523']
    """
    name, source = _named(ids)
    with _on_disk(source, name) as (path, digest), ExitStack() as opened:
        try:
            columns, rows = _read(path, id_column, parquet, opened)
        except NoIdColumn as error:
            raise ConfigurationError(f"{name}: {error}.") from None
        except _UNREADABLE as error:
            raise _not_read(name, error) from None
        # By another column it is another list.
        known_by = hashlib.sha256(f"{digest} {id_column}".encode()).hexdigest() if id_column is not None else digest
        yield GivenList(name, known_by, columns, ((number, given.of(kind)) for number, given in _watched(rows, name)))


# What reading can raise, of any form.
_UNREADABLE = (OSError, EOFError, zlib.error, csv.Error, ValueError, RecursionError, ElementTree.ParseError)


def _not_read(name: str, error: Exception) -> ConfigurationError:
    if isinstance(error, ElementTree.ParseError):
        error = ValueError("it begins like XML or HTML, and is no whole list of Kodi's or Plex's")
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ConfigurationError(f"{name} cannot be read as a list of films: {why or type(error).__name__}.")


def _watched(rows: Iterator[tuple[int, Given]], name: str) -> Iterator[tuple[int, Given]]:
    try:
        yield from rows
    except _UNREADABLE as error:
        raise _not_read(name, error) from None


# --- where it comes from ----------------------------------------------------------------------------------------------


def _named(ids: Ids) -> tuple[str, Path | IO[bytes] | Iterable[bytes]]:
    if isinstance(ids, str) and ids == "-":
        return "-", sys.stdin.buffer
    if isinstance(ids, str | Path):
        return str(ids), Path(ids)
    return "(ids)", (f"{text}\n".encode() for text in ids)


@contextmanager
def _on_disk(source: Path | IO[bytes] | Iterable[bytes], name: str) -> Iterator[tuple[Path, str]]:
    """Open a file that can be read twice, with its digest; copy what can be read only once into one."""
    digest = hashlib.sha256()
    try:
        if isinstance(source, Path) and source.is_file():
            with source.open("rb") as file:
                for piece in iter(lambda: file.read(_PIECE), b""):
                    digest.update(piece)
            yield source, digest.hexdigest()
            return
        if isinstance(source, Path) and not source.exists():
            raise ConfigurationError(f"There is no file {name}. Name the list with --ids, or - for standard input.")
        if isinstance(source, Path) and source.is_dir():
            raise ConfigurationError(f"{name} is a folder. Name the file in it that holds the ids.")
        with NamedTemporaryFile(prefix="ayne-", suffix=".ids") as copy, _opened(source) as pieces:
            for piece in pieces:
                digest.update(piece)
                copy.write(piece)
            copy.flush()
            yield Path(copy.name), digest.hexdigest()
    except OSError as error:
        raise _not_read(name, error) from None


@contextmanager
def _opened(source: Path | IO[bytes] | Iterable[bytes]) -> Iterator[Iterable[bytes]]:
    if isinstance(source, Path):
        # A pipe, as of `<(…)`.
        with source.open("rb") as pipe:
            yield iter(lambda: pipe.read(_PIECE), b"")
    else:
        yield source


# --- what it is -------------------------------------------------------------------------------------------------------

_Rows = Iterator[tuple[int, Given]]


def _read(path: Path, wanted: str | None, parquet: OpenParquet, opened: ExitStack) -> tuple[str | None, _Rows]:
    beginning = _beginning(path)
    if beginning.startswith(b"PAR1"):
        table = parquet(path)
        return _of_table(table.columns, table.rows(table.columns, _SAMPLE), table.rows, wanted)
    if beginning.startswith(b"PK"):
        raise ValueError("it is a ZIP archive or a workbook. Unpack it, or save the sheet as CSV")
    if beginning[8:12] == b"DUCK" or beginning.startswith(b"SQLite format 3"):
        raise ValueError("it is a database. Export the table with the ids as CSV or Parquet")
    text = opened.enter_context(_text(path, beginning))
    begins = text.read(1)
    while begins and begins.isspace():
        begins = text.read(1)
    if not begins:
        raise ValueError("there is nothing in it. Write one id or address a line")
    text.seek(0)
    if begins in "[{":
        return _of_records(_json_records(text, begins), wanted)
    if begins == "<":
        return _of_records(_xml_records(path, beginning), wanted)
    return _of_text(text, wanted)


def _bytes(path: Path, beginning: bytes) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if beginning.startswith(b"\x1f\x8b") else path.open("rb")


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(32)


def _text(path: Path, beginning: bytes) -> io.TextIOWrapper:
    """Decode the text of a file. Ids are ASCII, so letters of an unknown encoding do no harm."""
    file = _bytes(path, beginning)
    first = file.read(2)
    file.seek(0)
    encoding = "utf-16" if first in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


# --- plain text and tables --------------------------------------------------------------------------------------------


def _of_text(text: io.TextIOWrapper, wanted: str | None) -> tuple[str | None, _Rows]:
    first = _first_line(text)
    if wanted is None and read_id(first).outcome != "unreadable":
        text.seek(0)
        return None, ((number, read_id(line.strip())) for number, line in enumerate(text, 1) if line.strip())
    text.seek(0)
    lines = (line for line in text)
    if first.lower().startswith("sep="):
        # Spreadsheets are told so how the lines below are separated.
        next(line for line in lines if line.strip())
        separator = first.strip()[4:5] or ","
        header = ""
    else:
        separator = max("\t;,|", key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
        header = first
    csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))
    # IMDb's own files quote nothing, and have titles that begin with a quotation mark.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if "tconst" in header.lower() and separator == "\t" else csv.QUOTE_MINIMAL
    table = (row for row in csv.reader(lines, delimiter=separator, quoting=quoting) if row)
    names = [name.strip().strip('"') for name in next(table, [])]
    beginning = list(islice(table, _SAMPLE))

    def rows(columns: Sequence[str], _most: int | None = None) -> Iterator[tuple[Any, ...]]:
        places = [names.index(name) for name in columns]
        for row in chain(beginning, table):
            yield tuple(row[place] if place < len(row) else "" for place in places)

    return _of_table(names, iter(beginning), rows, wanted)


def _first_line(text: io.TextIOWrapper) -> str:
    line = " "
    while line and not line.strip():
        # A file that is no text has no lines.
        line = text.readline(_LARGEST_CELL)
    return line.strip()


def _of_table(
    names: Sequence[str],
    sample: Iterator[Sequence[Any]],
    rows: Callable[[Sequence[str]], Iterator[tuple[Any, ...]]],
    wanted: str | None,
) -> tuple[str, _Rows]:
    columns = id_columns(names, [dict(zip(names, map(_as_text, row), strict=False)) for row in sample], wanted)
    used = columns.names

    def read() -> _Rows:
        for number, row in enumerate(rows(used), 1):
            yield number, columns.read(dict(zip(used, map(_as_text, row), strict=True)))

    return str(columns), read()


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


# --- records ----------------------------------------------------------------------------------------------------------


def _of_records(records: Iterator[Any], wanted: str | None) -> tuple[str | None, _Rows]:
    beginning = list(islice(records, _SAMPLE))
    if not beginning:
        raise ValueError("there is no film in it")
    if not any(isinstance(record, dict) for record in beginning):
        return None, ((number, _of_value(value)) for number, value in enumerate(chain(beginning, records), 1))
    sample = [flat(record) for record in beginning if isinstance(record, dict)]
    names = list(dict.fromkeys(name for record in sample for name in record))
    columns = id_columns(names, sample, wanted)

    def read() -> _Rows:
        for number, record in enumerate(chain(beginning, records), 1):
            yield number, _of_record(record, columns)

    return str(columns), read()


def _of_record(record: Any, columns: IdColumns) -> Given:
    return columns.read(flat(record)) if isinstance(record, dict) else _of_value(record)


def _of_value(value: Any) -> Given:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return read_id(str(value))
    shown = value.text if isinstance(value, _Broken) else json.dumps(value)
    return Given(shown[:200], outcome="unreadable", message="no record of a film")


@dataclass(frozen=True, slots=True)
class _Broken:
    """A line that is no JSON."""

    text: str


def flat(record: Mapping[str, Any], above: str = "", depth: int = 1) -> dict[str, str]:
    """Return the values of a record by their paths; of a list only names of ids, as media servers have them.

    >>> flat({"movie": {"ids": {"tmdb": 550}}, "Guid": [{"id": "imdb://tt0137523"}, {"id": "tmdb://550"}]})
    {'movie.ids.tmdb': '550', 'Guid.id': 'imdb://tt0137523 tmdb://550'}
    """
    found: dict[str, str] = {}
    for key, value in record.items():
        name = f"{above}{key}"
        if isinstance(value, dict):
            if depth < _DEEPEST:
                found |= flat(value, f"{name}.", depth + 1)
        elif isinstance(value, list):
            ids = [each.get("id") if isinstance(each, dict) else each for each in value[:20]]
            if texts := [text for text in ids if isinstance(text, str) and "://" in text]:
                found[f"{name}.id" if isinstance(value[0], dict) else name] = " ".join(texts)
        else:
            found[name] = _as_text(value)
    return found


def _json_records(text: io.TextIOWrapper, begins: str) -> Iterator[Any]:
    if begins == "[":
        while text.read(1) != "[":
            pass
        yield from _items(text)
        return
    lines = (line for line in text if line.strip())
    first = next(lines)
    try:
        record = msgspec.json.decode(first.strip())
    except msgspec.DecodeError:
        # Not a record a line, so one document of many lines.
        text.seek(0)
        yield from _records_in(json.loads(text.read()))
        return
    second = next(lines, None)
    if second is None:
        yield from _records_in(record)
        return
    yield record
    for line in chain([second], lines):
        try:
            yield msgspec.json.decode(line.strip())
        except msgspec.DecodeError:
            yield _Broken(line.strip())


def _items(text: io.TextIOWrapper) -> Iterator[Any]:
    """Yield the items of an array after its bracket, one by one; the library would read all at once."""
    decoder, waiting, at = json.JSONDecoder(), "", 0
    ended = False
    while True:
        while at < len(waiting) and (waiting[at].isspace() or waiting[at] == ","):
            at += 1
        if waiting[at : at + 1] == "]":
            return
        try:
            if at >= len(waiting):
                raise ValueError("it ends in the middle")  # noqa: TRY301 - as when an item ends in the middle
            item, end = decoder.raw_decode(waiting, at)
            # A number may go on in what was not read yet.
            if end == len(waiting) and not ended:
                raise ValueError("it ends in the middle")  # noqa: TRY301 - as when an item ends in the middle
        except ValueError:
            if ended:
                raise
            piece = text.read(_PIECE)
            ended = not piece
            waiting, at = waiting[at:] + piece, 0
            continue
        yield item
        at = end


def _records_in(document: Any, name: str = "") -> Iterator[Any]:
    """Yield the records of a document's lists, each with the name of its list; else the document itself."""
    lists = list(_lists(document, name))
    if not lists:
        yield document
    for kind, records in lists:
        for record in records:
            yield {_LIST: kind, **record} if isinstance(record, dict) else record


def _lists(document: Any, name: str) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(document, list):
        if document and all(isinstance(record, dict) for record in document):
            yield name, document
    elif isinstance(document, dict) and not any(isinstance(document.get(key), str) for key in ("title", "name")):
        for key, value in document.items():
            yield from _lists(value, key)


def _xml_records(path: Path, beginning: bytes) -> Iterator[dict[str, str]]:
    with _bytes(path, beginning) as file:
        for _, element in ElementTree.iterparse(file):  # noqa: S314 - expat bounds what entities may grow to
            if element.tag in _ELEMENTS:
                yield {_LIST: element.tag, **_of_element(element)}
                element.clear()


def _of_element(element: ElementTree.Element) -> dict[str, str]:
    found: dict[str, list[str]] = {name: [value] for name, value in element.attrib.items()}
    for child in element:
        # Kodi: <uniqueid type="tmdb">550</uniqueid>. Plex: <Guid id="tmdb://550"/>.
        kind = child.get("type")
        found.setdefault(f"{child.tag}.{kind}" if kind else child.tag, []).append((child.text or "").strip())
        if "id" in child.attrib:
            found.setdefault(f"{child.tag}.id", []).append(child.attrib["id"])
    return {name: " ".join(filter(None, texts)) for name, texts in found.items()}
