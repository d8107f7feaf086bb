import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.data_collection.answers import UnreadableLine
from ayne.data_collection.imdb.models import ImdbEpisode, ImdbRating
from ayne.data_collection.imdb.records import read_episodes, read_ratings
from ayne.errors import BadPayload

HEAD = b"tconst\taverageRating\tnumVotes"
RATINGS = st.builds(
    ImdbRating,
    imdb_id=st.integers(1, 10**8).map(lambda number: f"tt{number:07}"),
    rating=st.none() | st.integers(10, 100).map(lambda tenths: tenths / 10),
    votes=st.none() | st.integers(0, 10**9),
)


def written(title: ImdbRating) -> bytes:
    return "\t".join("\\N" if value is None else str(value) for value in title).encode()


@given(st.lists(RATINGS), st.sampled_from([b"", b"\r"]))
def test_what_was_written_is_read(titles: list[ImdbRating], end: bytes) -> None:
    assert list(read_ratings([HEAD + end, *(written(title) + end for title in titles), b""])) == titles


def test_columns_are_known_by_their_names_not_by_their_places() -> None:
    lines = [b"numVotes\ttconst\tnew\taverageRating", b"7\ttt0000001\t?\t5.5"]
    assert list(read_ratings(lines)) == [ImdbRating("tt0000001", 5.5, 7)]


@pytest.mark.parametrize(
    "line",
    [
        b"tt0000001\t5.7",
        b"tt0000001\t5.7\t10\tmore",
        b"nm0000001\t5.7\t10",
        b"tt1\t5.7\t10",
        b"tt0000001\t0.9\t10",
        b"tt0000001\t11\t10",
        b"tt0000001\tnan\t10",
        b"tt0000001\t5,7\t10",
        b"tt0000001\t5.7\t-1",
        b"tt0000001\t5.7\t1e3",
        b"tt0000001\t5.7\t99999999999",
        b"tt0000001\t5.7\t",
        "tt٠٠٠٠٠٠١\t5.7\t10".encode(),  # noqa: RUF001 - digits of another script
        b"\xff\xfe\x00",
        b"<html>",
        "longer than 1048576 bytes: xxx",
    ],
)
def test_a_line_that_cannot_be_read_costs_itself_alone(line: bytes | str) -> None:
    first, bad, last = read_ratings([HEAD, b"tt0000001\t5.7\t10", line, b"tt0000002\t6.1\t20"])
    assert (first, last) == (ImdbRating("tt0000001", 5.7, 10), ImdbRating("tt0000002", 6.1, 20))
    assert isinstance(bad, UnreadableLine)
    assert bad.number == 3


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_line_is_dropped_without_a_word(lines: list[bytes]) -> None:
    lines = [line.replace(b"\n", b"") for line in lines]
    assert len(list(read_ratings([HEAD, *lines]))) == sum(bool(line.strip()) for line in lines)


@pytest.mark.parametrize("head", [b"", b"tconst\taverageRating", b"<html>", b"tt0000001\t5.7\t10", "longer than"])
def test_a_file_that_does_not_name_its_columns_is_none_of_ratings(head: bytes | str) -> None:
    with pytest.raises(BadPayload, match="names of its columns"):
        list(read_ratings([head, b"tt0000001\t5.7\t10"]))


EPISODES_HEAD = b"tconst\tparentTconst\tseasonNumber\tepisodeNumber"


def test_an_episode_has_its_series_and_numbers_and_may_lack_these() -> None:
    lines = [EPISODES_HEAD, b"tt31180270\ttt0903747\t0\t12\r", b"tt0959621\ttt0903747\t\\N\t\\N", b""]
    assert list(read_episodes(lines)) == [
        ImdbEpisode("tt31180270", "tt0903747", 0, 12),
        ImdbEpisode("tt0959621", "tt0903747", None, None),
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"tt0959621\ttt0903747\t1",
        b"tt0959621\t\\N\t1\t1",
        b"tt0959621\ttt0903747\t-1\t1",
        b"tt0959621\ttt0903747\t1\t12345678",
        b"nm0959621\ttt0903747\t1\t1",
    ],
)
def test_a_line_that_is_no_episode_costs_itself(line: bytes) -> None:
    good = b"tt0959622\ttt0903747\t1\t2"
    bad, read = read_episodes([EPISODES_HEAD, line, good])
    assert isinstance(bad, UnreadableLine)
    assert bad.number == 2
    assert read == ImdbEpisode("tt0959622", "tt0903747", 1, 2)


def test_the_file_of_ratings_is_no_file_of_episodes() -> None:
    with pytest.raises(BadPayload, match="names of its columns"):
        list(read_episodes([HEAD, b"tt0000001\t5.7\t2200"]))
