import gzip
import tracemalloc
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.errors import BadPayload
from ayne.net.bodies import MAX_BODY_BYTES, Body


def body_of(pieces: list[bytes], encoding: str = "gzip") -> bytes:
    body = Body(encoding, 200)
    for piece in pieces:
        body.add(piece)
    return body.whole()


@given(st.binary(max_size=3000), st.lists(st.integers(0, 3000), max_size=5), st.sampled_from(["", "gzip", "X-GZip "]))
def test_a_body_is_what_was_packed_wherever_it_was_cut(content: bytes, cuts: list[int], encoding: str) -> None:
    content = b"{" + content.replace(b"\0", b"0")
    sent = gzip.compress(content) if encoding else content
    places = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    pieces = [sent[start:end] for start, end in pairwise(places)]
    body = Body(encoding, 200)
    for piece in pieces:
        body.add(piece)
    assert (body.whole(), body.received) == (content, len(sent))


def test_members_of_gzip_follow_each_other() -> None:
    assert body_of([gzip.compress(b"one ") + gzip.compress(b"two "), gzip.compress(b"three")]) == b"one two three"


@pytest.mark.parametrize("encoding", ["gzip", "", "identity"])
def test_nothing_is_nothing_however_it_is_packed(encoding: str) -> None:
    assert body_of([], encoding) == b""


LONG = b'{"overview": "%b"}' % (b"content " * 99)
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
DEFLATED = RAW.compress(LONG) + RAW.flush()
LABELS = ["", "identity", "gzip", "x-gzip", "deflate", "br", "gzip, gzip", "zstd"]


@pytest.mark.parametrize("piece", [1, 2, 3, 1000])
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    "sent",
    [
        *(gzip.compress(LONG), zlib.compress(LONG), zlib.compress(LONG, 0), zlib.compress(LONG, 9)),
        *(gzip.compress(LONG) + b"behind it", gzip.compress(LONG) + b"\x1f", gzip.compress(LONG) + bytes(9)),
        *(zlib.compress(LONG) + b"behind it", gzip.compress(gzip.compress(LONG))),
    ],
    ids=["gzip", "zlib", "zlib 0", "zlib 9", "text after", "a byte after", "zeros after", "text after zlib", "twice"],
)
def test_what_is_packed_is_known_by_its_first_bytes(sent: bytes, label: str, piece: int) -> None:
    assert body_of([sent[at : at + piece] for at in range(0, len(sent), piece)], label) == LONG


@pytest.mark.parametrize("label", ["", "identity", "gzip", " GZIP", "x-gzip", "deflate"])
@pytest.mark.parametrize("sent", [LONG, b"[]", b"{"])
def test_what_is_not_packed_is_taken_as_it_is_whatever_is_said_of_it(sent: bytes, label: str) -> None:
    assert body_of([sent], label) == sent


def test_deflate_without_its_wrapper_is_unpacked_where_it_is_said() -> None:
    assert body_of([DEFLATED[:1], DEFLATED[1:]], "deflate") == LONG


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_json_in_another_encoding_is_given_in_utf_8(encoding: str) -> None:
    text = '{"title":"Am\u00e9lie \U0001f600"}'
    assert body_of([text.encode(encoding)], "") == text.encode()
    marked = (
        text.encode(encoding) if encoding in {"utf-8-sig", "utf-16", "utf-32"} else f"\ufeff{text}".encode(encoding)
    )
    assert body_of([gzip.compress(marked)], "") == text.encode()


@pytest.mark.parametrize("sent", [b"\xff\xfe\x00\xd8", b"\x00\x00", b"\xef\xbb", b"\xfe\xff{", b"a\x00"])
def test_bytes_that_are_no_text_stay_as_they_came(sent: bytes) -> None:
    assert isinstance(body_of([sent], ""), bytes)


@pytest.mark.parametrize(
    "sent",
    [
        gzip.compress(b"content" * 9)[:-1],
        gzip.compress(b"content" * 9)[:12],
        b"\x1f\x8b",
        gzip.compress(b"content")[:-8] + bytes(8),
        gzip.compress(b"content") + gzip.compress(b"content")[:-1],
        zlib.compress(b"content")[:-1],
        gzip.compress(gzip.compress(b"content")[:-1]),
    ],
    ids=["no last byte", "its head only", "two bytes", "a wrong checksum", "no last member", "zlib cut", "cut within"],
)
def test_what_was_not_packed_whole_is_refused(sent: bytes) -> None:
    with pytest.raises(BadPayload, match="could not be decompressed"):
        body_of([sent])


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "\x1b[2J"])
@pytest.mark.parametrize("sent", [b"\x8b\x05\x80{}\x03", b"x"])
def test_a_body_that_is_packed_as_nobody_asked_is_refused(encoding: str, sent: bytes) -> None:
    with pytest.raises(BadPayload, match="gzip was asked for") as caught:
        body_of([sent], encoding)
    assert str(caught.value).isprintable()


def test_a_body_as_large_as_may_be_is_taken() -> None:
    assert len(body_of([gzip.compress(b" " * MAX_BODY_BYTES, 1)])) == MAX_BODY_BYTES


def test_a_bomb_costs_no_more_memory_than_a_body_may() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    # After a full flush the same bytes unpack to the same again, so that a gigabyte need not be packed.
    first, again = (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    bomb = first + again * 1023
    tracemalloc.start()
    try:
        with pytest.raises(BadPayload, match="larger than"):
            body_of([bomb])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MAX_BODY_BYTES + 5 * 2**20


def test_members_without_end_are_given_up_too() -> None:
    with pytest.raises(BadPayload, match="larger than"):
        body_of([gzip.compress(bytes(2**20))] * (MAX_BODY_BYTES // 2**20 + 1))
