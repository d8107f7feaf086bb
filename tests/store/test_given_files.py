"""Lists of films in the files of programs, read without an option. Each is written as its program writes it."""

from __future__ import annotations

import gzip
import io
import json
import os
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ayne.data_collection.given_files import Ids, open_list
from ayne.database.parquet_files import ParquetFile
from ayne.errors import ConfigurationError

# Fight Club, and The Matrix by IMDb's id alone; the third is a series where a form can hold one.
FIGHT_CLUB, MATRIX, SERIES = (550, None, "waiting"), (None, "tt0133093", "waiting"), (None, None, "not a film")
NOTHING = (None, None, "unreadable")

Found = list[tuple[int | None, str | None, str]]


def read(ids: Ids, id_column: str | None = None) -> Found:
    with open_list(ids, id_column, parquet=ParquetFile) as listed:
        return [(given.tmdb_id, given.imdb_id, given.outcome) for _, given in listed.rows]


def columns(path: Path) -> str | None:
    with open_list(path, parquet=ParquetFile) as listed:
        return listed.columns


def refusal(ids: Ids, id_column: str | None = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read(ids, id_column)
    return str(refused.value)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(text: str | bytes, name: str = "list") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


# --- as programs write them -------------------------------------------------------------------------------------------

MOVIELENS = "movieId,imdbId,tmdbId\r\n1,0137523,550\r\n2,0133093,\r\n3,,\r\n"
IMDB_LIST = (
    "Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,IMDb Rating,Year\n"
    '1,tt0137523,2024-01-01,,,"Fight Club",Fight Club,https://www.imdb.com/title/tt0137523/,Movie,8.8,1999\n'
    "2,tt0133093,2024-01-01,2024-01-01,,The Matrix,The Matrix,https://www.imdb.com/title/tt0133093/,Movie,8.7,1999\n"
    '3,tt0903747,2024-01-01,,"Say, why?",Breaking Bad,,https://www.imdb.com/title/tt0903747/,TV Series,9.5,2008\n'
)
IMDB_RATINGS = (
    "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating\n"
    "tt0137523,9,2024-01-01,Fight Club,Fight Club,https://www.imdb.com/title/tt0137523/,Movie,8.8\n"
    "tt0133093,10,2024-01-01,The Matrix,The Matrix,https://www.imdb.com/title/tt0133093/,Movie,8.7\n"
    "tt0903747,10,2024-01-01,Breaking Bad,,https://www.imdb.com/title/tt0903747/,TV Series,9.5\n"
)
IMDB_DATASET = (
    "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\n"
    'tt0137523\tmovie\t"Fight\tFight Club\t0\n'
    "tt0133093\tmovie\tThe Matrix\tThe Matrix\t0\n"
    "tt0903747\ttvSeries\tBreaking Bad\t\\N\t0\n"
)
KAGGLE = (
    "adult,belongs_to_collection,budget,genres,id,imdb_id,original_language,original_title,overview,popularity,vote_count\n"
    'False,"{\'id\': 10, \'x\': 1}",63,"[{\'id\': 18}]",550,tt0137523,en,Fight Club,"Two\nlines, ""so""",63.8,9678\n'
    "False,,63,[],,tt0133093,en,The Matrix,,33.3,9079\n"
    " - Written by Ørnås,0.065736,/ff9.jpg,,1997-08-20,0,104.0,\"[{'iso': 1}]\",Released,,1\n"
)
TMDB_EXPORT = (
    "\ufeffTMDb ID,IMDb ID,Type,Name,Release Date,Season Number,Episode Number,Rating,Your Rating,Date Rated\n"
    "550,tt0137523,movie,Fight Club,1999-10-15T00:00:00Z,,,8.4,9,2024-01-01T00:00:00Z\n"
    ",tt0133093,movie,The Matrix,1999-03-31T00:00:00Z,,,8.2,10,2024-01-01T00:00:00Z\n"
    "1396,tt0903747,tv,Breaking Bad,2008-01-20T00:00:00Z,,,8.9,10,2024-01-01T00:00:00Z\n"
)
TRAKT_CSV = (
    "id,watched_at,action,type,title,year,trakt_rating,trakt_id,imdb_id,tmdb_id,tvdb_id,url\n"
    "9871,2024-01-01T00:00:00Z,watch,movie,Fight Club,1999,8.5,432,tt0137523,550,,https://trakt.tv/movies/fight-club-1999\n"
    "9872,2024-01-01T00:00:00Z,watch,movie,The Matrix,1999,8.5,481,tt0133093,,,https://trakt.tv/movies/the-matrix-1999\n"
    "9873,2024-01-01T00:00:00Z,watch,episode,Pilot,2008,9,73482,tt0959621,62085,349232,https://trakt.tv/shows/breaking-bad\n"
)


def _ids(**ids: Any) -> dict[str, Any]:
    return {"title": "…", "year": 1999, "ids": {"trakt": 1, "slug": "…", **ids}}


TRAKT_JSON = json.dumps(
    [
        {"plays": 2, "movie": _ids(imdb="tt0137523", tmdb=550)},
        {"plays": 1, "movie": _ids(imdb="tt0133093", tmdb=None)},
        {"plays": 9, "show": _ids(imdb="tt0903747", tmdb=1396, tvdb=81189), "seasons": [{"number": 1}]},
    ],
    indent=1,
)
SIMKL_JSON = json.dumps(
    {
        "movies": [
            {"status": "completed", "movie": _ids(simkl=53536, imdb="tt0137523", tmdb="550")},
            {"status": "completed", "movie": _ids(simkl=53434, imdb="tt0133093")},
        ],
        "shows": [{"status": "watching", "show": _ids(simkl=11121, imdb="tt0903747", tmdb="1396")}],
    }
)
SIMKL_CSV = (
    '"SIMKL_ID","Title","Type","Year","Watchlist","LastEpWatched","WatchedDate","Rating","Memo","TVDB","TMDB","IMDB"\n'
    '"53536","Fight Club","movie","1999","completed","","2024-01-01","9","","","550","tt0137523"\n'
    '"53434","The Matrix","movie","1999","completed","","2024-01-01","10","","","","tt0133093"\n'
    '"11121","Breaking Bad","tv","2008","watching","s1e1","2024-01-01","10","","81189","1396","tt0903747"\n'
)
RADARR = json.dumps(
    [
        {
            "title": "Fight Club",
            "originalTitle": "Fight Club",
            "ratings": {"tmdb": {"votes": 9, "value": 8.4}},
            "collection": {"title": "C", "tmdbId": 10},
            "images": [{"coverType": "poster", "url": "/x"}],
            "id": 7,
            "imdbId": "tt0137523",
            "tmdbId": 550,
        },
        {"title": "The Matrix", "imdbId": "tt0133093", "tmdbId": 0, "id": 8, "collection": {"tmdbId": 2344}},
    ]
)
JELLYFIN = json.dumps(
    {
        "Items": [
            {"Name": "Fight Club", "Id": "f1", "ProviderIds": {"Tmdb": "550", "Imdb": "tt0137523"}, "Type": "Movie"},
            {"Name": "The Matrix", "Id": "f2", "ProviderIds": {"Imdb": "tt0133093"}, "Type": "Movie"},
            {"Name": "Breaking Bad", "Id": "f3", "ProviderIds": {"Tmdb": "1396", "Tvdb": "81189"}, "Type": "Series"},
        ],
        "TotalRecordCount": 3,
    }
)
PLEX = json.dumps(
    {
        "MediaContainer": {
            "size": 3,
            "Metadata": [
                {"ratingKey": "1", "type": "movie", "guid": "plex://movie/5d", "title": "Fight Club",
                 "Guid": [{"id": "imdb://tt0137523"}, {"id": "tmdb://550"}, {"id": "tvdb://1"}]},
                {"ratingKey": "2", "type": "movie", "guid": "plex://movie/5e", "title": "The Matrix",
                 "Guid": [{"id": "imdb://tt0133093"}]},
                {"ratingKey": "3", "type": "show", "guid": "plex://show/5f", "title": "Breaking Bad",
                 "Guid": [{"id": "tmdb://1396"}]},
            ],
        }
    }
)  # fmt: skip
KODI_JSON = json.dumps(
    {
        "id": 1,
        "jsonrpc": "2.0",
        "result": {
            "limits": {"end": 2, "start": 0, "total": 2},
            "movies": [
                {"label": "Fight Club", "movieid": 1, "uniqueid": {"imdb": "tt0137523", "tmdb": "550"}},
                {"label": "The Matrix", "movieid": 2, "imdbnumber": "tt0133093", "uniqueid": {"imdb": "tt0133093"}},
            ],
        },
    }
)
KODI_XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<videodb>
    <version>1</version>
    <movie><title>Fight Club</title><userrating>9</userrating><id>tt0137523</id>
        <uniqueid type="imdb">tt0137523</uniqueid><uniqueid type="tmdb" default="true">550</uniqueid>
        <actor><name>Brad Pitt</name><tmdbid>287</tmdbid></actor></movie>
    <movie><title>The Matrix</title><uniqueid type="imdb" default="true">tt0133093</uniqueid></movie>
    <tvshow><title>Breaking Bad</title><uniqueid type="tmdb" default="true">1396</uniqueid></tvshow>
</videodb>
"""
JUSTWATCH = json.dumps(
    [
        {"objectType": kind, "content": {"title": "…", "externalIds": {"imdbId": imdb_id, "tmdbId": tmdb_id}}}
        for kind, imdb_id, tmdb_id in (
            ("MOVIE", "tt0137523", "550"),
            ("MOVIE", "tt0133093", None),
            ("SHOW", "tt0903747", "1396"),
        )
    ]
)
TMDB_IDS = '{"adult":false,"id":550,"original_title":"Fight Club","popularity":61.4,"video":false}\n'


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        pytest.param(MOVIELENS, [FIGHT_CLUB, MATRIX, NOTHING], id="MovieLens links.csv"),
        pytest.param(IMDB_LIST, [(None, "tt0137523", "waiting"), MATRIX, SERIES], id="IMDb list"),
        pytest.param(IMDB_RATINGS, [(None, "tt0137523", "waiting"), MATRIX, SERIES], id="IMDb ratings"),
        pytest.param(IMDB_DATASET, [(None, "tt0137523", "waiting"), MATRIX, SERIES], id="IMDb title.basics.tsv"),
        pytest.param(KAGGLE, [FIGHT_CLUB, MATRIX, NOTHING], id="Kaggle movies_metadata.csv"),
        pytest.param(TMDB_EXPORT, [FIGHT_CLUB, MATRIX, SERIES], id="TMDB account"),
        pytest.param(TRAKT_CSV, [FIGHT_CLUB, MATRIX, SERIES], id="Trakt CSV"),
        pytest.param(TRAKT_JSON, [FIGHT_CLUB, MATRIX, SERIES], id="Trakt JSON"),
        pytest.param(SIMKL_JSON, [FIGHT_CLUB, MATRIX, SERIES], id="Simkl JSON"),
        pytest.param(SIMKL_CSV, [FIGHT_CLUB, MATRIX, SERIES], id="Simkl CSV"),
        pytest.param(RADARR, [FIGHT_CLUB, MATRIX], id="Radarr"),
        pytest.param(JELLYFIN, [FIGHT_CLUB, MATRIX, SERIES], id="Jellyfin"),
        pytest.param(PLEX, [FIGHT_CLUB, MATRIX, SERIES], id="Plex"),
        pytest.param(KODI_JSON, [FIGHT_CLUB, MATRIX], id="Kodi JSON"),
        pytest.param(KODI_XML, [FIGHT_CLUB, MATRIX, SERIES], id="Kodi XML"),
        pytest.param(JUSTWATCH, [FIGHT_CLUB, MATRIX, SERIES], id="JustWatch"),
        pytest.param(TMDB_IDS * 2, [FIGHT_CLUB, FIGHT_CLUB], id="TMDB id export"),
    ],
)
def test_a_file_is_read_as_its_program_writes_it(file: Any, text: str, rows: Found) -> None:
    assert read(file(text)) == rows
    assert read(file(gzip.compress(text.encode()), "packed")) == rows


def test_the_columns_that_were_chosen_are_told(file: Any) -> None:
    assert columns(file(MOVIELENS)) == "tmdbId (TMDB's), then imdbId (IMDb's)"
    assert columns(file(KAGGLE)) == "id (TMDB's), then imdb_id (IMDb's)"
    assert columns(file(TRAKT_JSON)) == "movie.ids.tmdb (TMDB's), then movie.ids.imdb (IMDb's)"
    assert columns(file("550\n551\n")) is None


@pytest.mark.parametrize(
    "text",
    [
        "Date,Name,Year,Letterboxd URI\n2024-01-01,Fight Club,1999,https://boxd.it/2a9q\n",
        "Letterboxd list export v7\nDate,Name,Tags,URL,Description\n2024-01-01,Mine,,https://boxd.it/x,\n",
    ],
)
def test_letterboxd_is_refused_with_what_to_do(file: Any, text: str) -> None:
    said = refusal(file(text))
    assert "Letterboxd, which names films by its own addresses. Import it at trakt.tv or imdb.com" in said


# --- plain text and odd tables ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "550\ntt0133093\n",
        "550\r\n\r\ntt0133093",
        "\ufeff550\ntt0133093\n",
        "\n\nhttps://www.themoviedb.org/movie/550-fight-club\nhttps://www.imdb.com/title/tt0133093/?ref_=x\n",
        '"550"\n="tt0133093"\n',
        "[550, \"tt0133093\"]",
        "tmdb_id\n550\nhttps://www.imdb.com/title/tt0133093/\n",
        "films\n550\ntt0133093\n",
    ],
)  # fmt: skip
def test_plain_text_has_an_id_or_address_a_line(file: Any, text: str) -> None:
    assert read(file(text)) == [FIGHT_CLUB, MATRIX]


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_table_is_read_whatever_separates_and_encodes_it(file: Any, separator: str, encoding: str) -> None:
    text = (
        f"title{separator}tmdbId{separator}imdbId\nAmélie{separator}550{separator}\nx{separator}{separator}tt0133093\n"
    )
    assert read(file(text.encode(encoding))) == [FIGHT_CLUB, MATRIX]


def test_a_spreadsheets_word_on_its_separator_is_no_row(file: Any) -> None:
    assert read(file("sep=;\ntitle;tmdbId\nFight Club;550\n")) == [FIGHT_CLUB]


def test_rows_that_are_too_short_and_cells_that_are_large_are_read(file: Any) -> None:
    assert read(file(f'cast,tmdbId\n"{"x" * 200_000}",550\nonly\n')) == [FIGHT_CLUB, NOTHING]


def test_a_line_that_is_no_json_is_a_row_that_cannot_be_read(file: Any) -> None:
    assert read(file('{"tmdbId": 550}\n{"tmdbId": 55\n{"imdbId": "tt0133093"}\n')) == [FIGHT_CLUB, NOTHING, MATRIX]


def test_an_array_is_read_whole_wherever_its_pieces_end(file: Any) -> None:
    rows = [{"tmdbId": number, "overview": "x" * 997} for number in range(1, 4001)]
    assert [tmdb_id for tmdb_id, *_ in read(file(json.dumps(rows)))] == list(range(1, 4001))


def test_parquet_is_read_by_column_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "films[1]*"
    folder.mkdir()
    made = duckdb.connect()
    made.execute(
        "CREATE TABLE t AS SELECT i AS \"TMDb ID\", 'x' AS other, NULL::VARCHAR AS imdb_id FROM range(550, 30550) r(i)"
    )
    made.execute("COPY t TO $file (FORMAT parquet)", {"file": str(tmp_path / "made.parquet")})
    (tmp_path / "made.parquet").rename(folder / "ids")
    found = read(folder / "ids")
    assert (found[0], len(found), found[-1][0]) == (FIGHT_CLUB, 30_000, 30_549)
    assert columns(folder / "ids") == "TMDb ID (TMDB's), then imdb_id (IMDb's)"


def test_ids_can_come_from_standard_input_a_pipe_or_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"550\ntt0133093\n")))
    assert read("-") == [FIGHT_CLUB, MATRIX]
    assert read([550, "tt0133093"]) == [FIGHT_CLUB, MATRIX]
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("550\ntt0133093\n",))
    writer.start()
    assert read(tmp_path / "pipe") == [FIGHT_CLUB, MATRIX]
    writer.join()


def test_rows_are_numbered_and_a_list_is_known_by_what_it_holds(file: Any) -> None:
    with open_list(file("550\n\ntt0133093\n"), parquet=ParquetFile) as listed:
        assert [number for number, _ in listed.rows] == [1, 3]
        first = listed.digest
    with open_list(file("550\n\ntt0133093\n", "another name"), parquet=ParquetFile) as listed:
        assert listed.digest == first


def test_by_another_column_it_is_another_list(file: Any) -> None:
    path, digests = file("tmdbId,other\n550,551\n"), set[str]()
    for column in (None, "tmdbId", "other"):
        with open_list(path, column, parquet=ParquetFile) as listed:
            digests.add(listed.digest)
    assert len(digests) == 3


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_a_column_that_is_not_there_is_told_with_those_that_are(file: Any) -> None:
    path = file("name,year\nFight Club,1999\n")
    assert refusal(path) == (
        f"{path}: none of its columns is known to hold ids of TMDB or IMDb. It has name, year: "
        "name the one with --id-column."
    )
    assert "it has no column 'ids'. It has name, year" in refusal(path, "ids")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "there is nothing in it"),
        (b" \n \n", "there is nothing in it"),
        (b"[]", "there is no film in it"),
        (b'[{"tmdbId": 1}, {"tmdb', "cannot be read as a list of films"),
        (b"PK\x03\x04" + bytes(40), "ZIP archive or a workbook. Unpack it, or save the sheet as CSV"),
        (b"PAR1" + bytes(40), "no whole Parquet file"),
        (b"\x1f\x8b" + bytes(40), "cannot be read as a list of films"),
        (gzip.compress(MOVIELENS.encode() * 100, mtime=0)[:60], "cannot be read as a list of films"),
        (b"SQLite format 3\x00" + bytes(40), "it is a database"),
        (b"<html><body>550</body>", "cannot be read as a list of films"),
        (b"Fight Club\nThe Matrix\n", "its first line, Fight Club, is no id and names no column of ids"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + bytes(100), "its first line"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(file: Any, text: bytes, said: str) -> None:
    told = refusal(file(text))
    assert said in told
    assert told.isprintable()


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "none.csv")
    assert "is a folder" in refusal(tmp_path)


def test_a_list_of_many_holds_no_memory(file: Any) -> None:
    path = file("movieId,imdbId,tmdbId\n" + "".join(f"{n},{n:07},{n}\n" for n in range(1, 20_001)))
    with open_list(path, parquet=ParquetFile) as listed:
        assert Counter(given.outcome for _, given in listed.rows) == {"waiting": 20_000}
        assert iter(listed.rows) is listed.rows
