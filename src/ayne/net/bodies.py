"""Assemble and decompress bodies, within bounds.

A few kilobytes on the network can decompress to gigabytes. So a body is decompressed piece by piece, and given up as
soon as it is larger than any answer can be. The first bytes show the compression, because caches omit the header, or
send it with a body that they have decompressed: no JSON begins with the bytes of gzip or zlib. The header is believed
only if the bytes do not show it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

from ayne.errors import BadPayload

# What is asked for.
ACCEPTED_ENCODING = "gzip"

# The largest recorded body is 285 kB; a hundred times that is no film.
MAX_BODY_BYTES = 32 * 1024 * 1024

# So much is unpacked at a time, that nothing large is made before it is known to be too large.
_STEP = 1024 * 1024

# RFC 1952, section 2.3.1: the first two bytes of each member.
_GZIP_BEGINS = b"\x1f\x8b"

# For zlib.decompressobj: gzip, zlib (RFC 1950), and deflate without either (RFC 1951).
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class Unpacking:
    """Decompresses bytes; raises ``zlib.error`` if that fails.

    A file of gzip may have several members (RFC 1952, section 2.2); bytes behind the last that begin none are dropped.

    Args:
        encoding: what ``Content-Encoding`` says, "" when nothing was said.

    Example:
        >>> import gzip
        >>> unpacking = Unpacking()
        >>> b"".join([*unpacking.feed(gzip.compress(b"{}")), *unpacking.finish()])
        b'{}'
    """

    def __init__(self, encoding: str = "") -> None:
        self._label = encoding.strip().lower()
        # None until the first two bytes have come, and for what is not packed.
        self._member: zlib._Decompress | None = None
        self._is_known = False
        self._kept = b""
        self._is_over = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the next piece decompressed, a bounded part at a time.

        Raises:
            zlib.error: it cannot be unpacked.
            LookupError: it is packed in a way that nobody asked for.
        """
        if not self._is_known:
            self._kept += piece
            if len(self._kept) < 2:
                return
            piece = self._begin()
        if self._member is None:
            if piece:
                yield piece
            return
        while piece and not self._is_over:
            if self._member.eof:
                piece = self._begin_next(piece)
                continue
            yield self._member.decompress(piece, _STEP)
            piece = self._member.unconsumed_tail or self._member.unused_data

    def finish(self) -> Iterator[bytes]:
        """Yield what is left at the end.

        Raises:
            zlib.error: it broke off within what was packed.
            LookupError: it is packed in a way that nobody asked for.
        """
        if not self._is_known and (rest := self._begin()):
            yield rest
        if self._member and not self._member.eof:
            raise zlib.error("it breaks off")

    def _begin(self) -> bytes:
        start, self._kept, self._is_known = self._kept, b"", True
        if wbits := _packing(start, self._label):
            self._member = zlib.decompressobj(wbits)
        return start

    def _begin_next(self, piece: bytes) -> bytes:
        """Return the bytes of the next member, none while it is not known whether there is one."""
        piece, self._kept = self._kept + piece, b""
        if piece.startswith(_GZIP_BEGINS):
            self._member = zlib.decompressobj(_GZIP)
            return piece
        if _GZIP_BEGINS.startswith(piece):
            self._kept = piece
        else:
            self._is_over = True
        return b""


def _packing(start: bytes, label: str) -> int:
    """Return the compression of bytes that begin so, for ``zlib.decompressobj``; 0 for none."""
    if start.startswith(_GZIP_BEGINS):
        return _GZIP
    if _is_zlib(start):
        return _ZLIB
    if label == "deflate" and start and not start.startswith((b"{", b"[")):
        # RFC 9110, section 8.4.1.2: some senders leave out the zlib wrapper.
        return _RAW
    if label not in {"", "identity", "gzip", "x-gzip", "deflate"} and start:
        raise LookupError(label)
    return 0


def _is_zlib(start: bytes) -> bool:
    """Return whether bytes begin like a zlib stream with the usual window: RFC 1950, section 2.2."""
    return len(start) > 1 and start[0] == 0x78 and int.from_bytes(start[:2], "big") % 31 == 0


class Body:
    """A body that is being received.

    Args:
        encoding: what ``Content-Encoding`` says, "" when nothing was said.
        status: of the answer, for errors.

    Attributes:
        received: bytes as sent over the network.

    Example:
        >>> import gzip
        >>> body = Body("gzip", 200)
        >>> body.add(gzip.compress(b"{}"))
        >>> body.whole()
        b'{}'
    """

    def __init__(self, encoding: str, status: int) -> None:
        self.received = 0
        self._status = status
        self._size = 0
        self._pieces: list[bytes] = []
        self._unpacking = Unpacking(encoding)

    def add(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            BadPayload: it cannot be unpacked, or the body is too large.
        """
        self.received += len(piece)
        if self.received > MAX_BODY_BYTES:
            # Packed nothing is something too.
            raise self._too_large()
        self._keep(self._unpacking.feed(piece))

    def whole(self) -> bytes:
        """Return the body, which has ended.

        Raises:
            BadPayload: it broke off within what was packed.
        """
        self._keep(self._unpacking.finish())
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if body.startswith(_GZIP_BEGINS):
            # A cache packed what was packed already.
            self._size, self._pieces, self._unpacking = 0, [], Unpacking()
            self._keep(self._unpacking.feed(body))
            self._keep(self._unpacking.finish())
            body = b"".join(self._pieces)
        return _in_utf_8(body)

    def _keep(self, unpacked: Iterator[bytes]) -> None:
        try:
            for piece in unpacked:
                self._size += len(piece)
                if self._size > MAX_BODY_BYTES:
                    raise self._too_large()
                self._pieces.append(piece)
        except zlib.error:
            raise BadPayload("the body could not be decompressed", status=self._status) from None
        except LookupError as packed:
            said = f"{packed.args[0][:40]!r}, and {ACCEPTED_ENCODING} was asked for"
            raise BadPayload(f"the body is packed as {said}", status=self._status) from None

    def _too_large(self) -> BadPayload:
        return BadPayload(f"the body is larger than {MAX_BODY_BYTES} bytes", status=self._status)


def _in_utf_8(body: bytes) -> bytes:
    """JSON in the one encoding it is sent in (RFC 8259, section 8.1), whichever it came in."""
    if body[:1] not in {b"\xef", b"\xfe", b"\xff", b"\0"} and body[1:2] != b"\0":
        return body
    try:
        return body.decode(json.detect_encoding(body)).encode()
    except UnicodeError:
        return body
