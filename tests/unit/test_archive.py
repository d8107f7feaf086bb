import errno
import gzip
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.data_collection.archive import BodyArchive

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks of parts are those of POSIX")


def add(archive: BodyArchive, *numbers: int) -> None:
    for number in numbers:
        archive.add(f"/movie/{number}", {"language": "de"}, NOON + timedelta(seconds=number), b'{"id":%d}' % number)


def lines_in(folder: Path) -> list[dict[str, Any]]:
    """What a reader finds, who looks at whole files only."""
    files = sorted(folder.glob("*.jsonl.gz"))
    return [json.loads(line) for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]


def ids_in(folder: Path) -> list[int]:
    return sorted(line["body"]["id"] for line in lines_in(folder))


def leave_behind(folder: Path, name: str, content: bytes) -> Path:
    part = folder / f"{name}.jsonl.part"
    part.write_bytes(content)
    return part


def names(folder: Path, pattern: str) -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


def test_a_body_is_kept_with_where_and_when_it_came_from(tmp_path: Path) -> None:
    archive = BodyArchive(tmp_path / "new" / "folder")
    archive.add("/movie/550", {"append_to_response": "credits"}, NOON, b'{"id":550,"title":"\\u5343 \xe5\x8d\x83"}')
    archive.close()
    assert lines_in(tmp_path / "new" / "folder") == [
        {
            "path": "/movie/550",
            "params": {"append_to_response": "credits"},
            "received_at": "2026-01-01T12:00:00Z",
            "body": {"id": 550, "title": "千 千"},
        }
    ]


def test_a_closed_archive_leaves_nothing_but_whole_files(tmp_path: Path) -> None:
    archive = BodyArchive(tmp_path, segment_bytes=100)
    add(archive, 1, 2, 3)
    archive.close()
    assert names(tmp_path, "*") == names(tmp_path, "*.jsonl.gz") != []


def test_an_archive_to_which_nothing_came_leaves_nothing(tmp_path: Path) -> None:
    BodyArchive(tmp_path).close()
    assert names(tmp_path, "*") == []


def test_a_body_over_many_lines_becomes_one_line(tmp_path: Path) -> None:
    archive = BodyArchive(tmp_path)
    archive.add("/movie/1", {}, NOON, b'{\r\n  "id": 1,\n  "overview": "a\\r\\nb"\r}\n')
    add(archive, 2)
    archive.close()
    assert [line["body"] for line in lines_in(tmp_path)] == [{"id": 1, "overview": "a\r\nb"}, {"id": 2}]


@pytest.mark.parametrize(("segment_bytes", "files"), [(1, 10), (250, 4), (10**6, 1)])
def test_a_part_is_compressed_when_it_is_large_enough(tmp_path: Path, segment_bytes: int, files: int) -> None:
    archive = BodyArchive(tmp_path, segment_bytes=segment_bytes)
    add(archive, *range(10))
    archive.close()
    assert len(names(tmp_path, "*.jsonl.gz")) == files
    assert [line["body"]["id"] for line in lines_in(tmp_path)] == list(range(10))


def test_what_was_added_is_on_disk_before_the_archive_is_closed(tmp_path: Path) -> None:
    archive = BodyArchive(tmp_path)
    add(archive, 1)
    (part,) = tmp_path.glob("*.part")
    assert part.read_bytes().endswith(b'"body":{"id":1}}\n')
    archive.close()


def test_the_same_bodies_make_the_same_bytes(tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        archive = BodyArchive(folder)
        add(archive, 1, 2)
        archive.close()
    (first,), (second,) = (tmp_path / "a").iterdir(), (tmp_path / "b").iterdir()
    assert first.read_bytes() == second.read_bytes()


# --- after a crash ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("torn", [b"", b"{", b'{"body":{"id":3}}', b"\x00" * 50])
def test_a_part_of_a_dead_process_is_sealed_without_its_torn_last_line(tmp_path: Path, torn: bytes) -> None:
    leave_behind(tmp_path, "tmdb-1", b'{"body":{"id":1}}\n{"body":{"id":2}}\n' + torn)
    BodyArchive(tmp_path).close()
    assert ids_in(tmp_path) == [1, 2]
    assert names(tmp_path, "*") == ["tmdb-1.jsonl.gz"]


@pytest.mark.parametrize("content", [b"", b'{"body":'])
def test_a_part_without_a_whole_line_is_removed(tmp_path: Path, content: bytes) -> None:
    leave_behind(tmp_path, "tmdb-1", content)
    BodyArchive(tmp_path).close()
    assert names(tmp_path, "*") == []


@given(st.data())
def test_wherever_a_part_was_cut_off_its_whole_lines_are_kept(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    whole = b"".join(b'{"body":{"id":%d}}\n' % number for number in range(5))
    cut = data.draw(st.integers(0, len(whole)))
    leave_behind(folder, "tmdb-1", whole[:cut])
    BodyArchive(folder).close()
    assert ids_in(folder) == list(range(whole[:cut].count(b"\n")))


def test_a_part_of_a_living_archive_is_left_alone(tmp_path: Path) -> None:
    living = BodyArchive(tmp_path)
    add(living, 1)
    (part,) = tmp_path.glob("*.part")
    BodyArchive(tmp_path).close()
    assert part.exists()
    assert names(tmp_path, "*.gz") == []
    add(living, 2)
    living.close()
    assert ids_in(tmp_path) == [1, 2]


@pytest.mark.parametrize("sealed", [b"", gzip.compress(b'{"body":{"id":1}}\n', mtime=0), b"\x1f\x8btorn"])
def test_a_part_that_was_being_sealed_when_the_process_died_is_sealed_again(tmp_path: Path, sealed: bytes) -> None:
    leave_behind(tmp_path, "tmdb-1", b'{"body":{"id":1}}\n')
    (tmp_path / "tmdb-1.jsonl.gz.tmp").write_bytes(sealed)
    if sealed.startswith(gzip.compress(b"")[:4]):
        (tmp_path / "tmdb-1.jsonl.gz").write_bytes(sealed)
    for _ in range(2):
        BodyArchive(tmp_path).close()
        assert ids_in(tmp_path) == [1]
    assert names(tmp_path, "*") == ["tmdb-1.jsonl.gz"]


def test_archives_opened_at_once_seal_what_was_left_behind_once(tmp_path: Path) -> None:
    for number in range(60):
        leave_behind(tmp_path, f"tmdb-{number:02}", b'{"body":{"id":%d}}\n' % number)
    with ThreadPoolExecutor(8) as pool:
        for archive in list(pool.map(lambda _: BodyArchive(tmp_path), range(8))):
            archive.close()
    assert ids_in(tmp_path) == list(range(60))
    assert names(tmp_path, "*.part") == []


def test_archives_that_come_and_go_in_one_folder_lose_nothing(tmp_path: Path) -> None:
    def come_and_go(number: int) -> None:
        archive = BodyArchive(tmp_path)
        add(archive, number)
        archive.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(come_and_go, range(100)))
    assert ids_in(tmp_path) == list(range(100))


def test_files_that_are_no_parts_are_left_alone(tmp_path: Path) -> None:
    others = ("notes.txt", "films.jsonl", "other.part", "films.jsonl.part", "tmdb-my.jsonl.part")
    mine = dict.fromkeys(others, b"mine\n")
    mine["tmdb-1.jsonl.gz"] = gzip.compress(b"mine")
    mine["other.jsonl.part"] = mine["tmdb-1.jsonl.part"] = b'{"body":{"id":1}}\n'
    for name, content in mine.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "tmdb-2.jsonl.part").symlink_to(tmp_path / "other.jsonl.part")
    BodyArchive(tmp_path).close()
    (tmp_path / "tmdb-2.jsonl.part").unlink()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == mine


# --- when the disk is full --------------------------------------------------------------------------------------------


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_that_found_room_for_half_of_it_spoils_no_other(tmp_path: Path) -> None:
    archive = BodyArchive(tmp_path)
    add(archive, 1)
    (part,) = tmp_path.glob("*.part")
    with files_of_at_most(part.stat().st_size + 10), pytest.raises(OSError) as full:  # noqa: PT011 - its number says which
        add(archive, 2)
    assert full.value.errno == errno.ENOSPC
    add(archive, 3)
    archive.close()
    assert ids_in(tmp_path) == [1, 3]


def test_a_folder_that_cannot_be_made_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        BodyArchive(tmp_path / "file")


def test_a_file_that_could_not_be_written_is_told_at_the_end(tmp_path: Path) -> None:
    archive = BodyArchive(tmp_path / "gone")
    add(archive, 1)
    for part in (tmp_path / "gone").iterdir():
        part.unlink()
    (tmp_path / "gone").rmdir()
    with pytest.raises(OSError, match="gone"):
        archive.close()


def test_an_archive_that_is_never_closed_is_whole_when_its_process_ends(tmp_path: Path) -> None:
    script = (
        "import datetime, pathlib, sys; from ayne.data_collection.archive import BodyArchive; "
        "archive = BodyArchive(pathlib.Path(sys.argv[1])); "
        "archive.add('/movie/7', {}, datetime.datetime.now(datetime.UTC), b'{\"id\":7}')"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    assert ids_in(tmp_path) == [7]
    assert names(tmp_path, "*.part") == []
