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


@pytest.mark.parametrize(
    "sent",
    [
        gzip.compress(b"content" * 9)[:-1],
        gzip.compress(b"content" * 9)[:12],
        b"\x1f",
        b"<html>",
        gzip.compress(b"content") + b"<html>",
        gzip.compress(b"content")[:-8] + bytes(8),
        zlib.compress(b"content"),
    ],
    ids=["no last byte", "its head only", "one byte", "no gzip", "no gzip after it", "a wrong checksum", "zlib"],
)
def test_what_was_not_packed_whole_is_refused(sent: bytes) -> None:
    with pytest.raises(BadPayload, match="could not be decompressed"):
        body_of([sent])


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "\x1b[2J"])
def test_a_body_that_is_packed_as_nobody_asked_is_refused(encoding: str) -> None:
    with pytest.raises(BadPayload, match="gzip was asked for") as caught:
        Body(encoding, 200)
    assert str(caught.value).isprintable()


def test_a_body_as_large_as_may_be_is_taken() -> None:
    assert len(body_of([gzip.compress(bytes(MAX_BODY_BYTES), 1)])) == MAX_BODY_BYTES


def test_a_bomb_costs_no_more_memory_than_a_body_may() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([packer.compress(bytes(2**20)) for _ in range(1024)]) + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(BadPayload, match="larger than"):
            body_of([bomb])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MAX_BODY_BYTES + 4 * 2**20


def test_members_without_end_are_given_up_too() -> None:
    with pytest.raises(BadPayload, match="larger than"):
        body_of([gzip.compress(bytes(2**20))] * (MAX_BODY_BYTES // 2**20 + 1))
