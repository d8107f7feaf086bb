"""Bodies out of the pieces that come, unpacked within bounds.

A few kilobytes on the wire can unpack to gigabytes. So a body is unpacked piece by piece, and given up as soon as it is
larger than any answer can be.
"""

# Pure: values in, values out.

from __future__ import annotations

import zlib

from ayne.errors import BadPayload

# What is asked for, and all that is understood.
ACCEPTED_ENCODING = "gzip"

# The largest recorded body is 285 kB; a hundred times that is no film.
MAX_BODY_BYTES = 32 * 1024 * 1024

# So much is unpacked at a time, that nothing large is made before it is known to be too large.
_STEP = 1024 * 1024

_GZIP = 16 + zlib.MAX_WBITS


class Body:
    """A body that is still coming.

    Args:
        encoding: what ``Content-Encoding`` says, "" when nothing was said.
        status: of the answer, for errors.

    Attributes:
        received: bytes as they came over the wire.

    Raises:
        BadPayload: it is packed in a way that was not asked for.

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
        self._unpacking = None
        packed = encoding.strip().lower()
        if packed in ("gzip", "x-gzip"):
            self._unpacking = zlib.decompressobj(_GZIP)
        elif packed not in ("", "identity"):
            raise BadPayload(
                f"the body is packed as {packed[:40]!r}, and {ACCEPTED_ENCODING} was asked for", status=status
            )

    def add(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            BadPayload: it cannot be unpacked, or the body is too large.
        """
        self.received += len(piece)
        if self.received > MAX_BODY_BYTES:
            # Packed nothing is something too.
            raise self._too_large()
        if self._unpacking is None:
            self._keep(piece)
            return
        while piece:
            if self._unpacking.eof:
                # A file of gzip may have several members.
                self._unpacking = zlib.decompressobj(_GZIP)
            try:
                self._keep(self._unpacking.decompress(piece, _STEP))
            except zlib.error:
                raise BadPayload("the body could not be decompressed", status=self._status) from None
            piece = self._unpacking.unconsumed_tail or self._unpacking.unused_data

    def whole(self) -> bytes:
        """The body, which is over.

        Raises:
            BadPayload: it broke off within what was packed.
        """
        if self._unpacking is not None and self.received and not self._unpacking.eof:
            raise BadPayload("the body could not be decompressed: it breaks off", status=self._status)
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)

    def _keep(self, unpacked: bytes) -> None:
        self._size += len(unpacked)
        if self._size > MAX_BODY_BYTES:
            raise self._too_large()
        self._pieces.append(unpacked)

    def _too_large(self) -> BadPayload:
        return BadPayload(f"the body is larger than {MAX_BODY_BYTES} bytes", status=self._status)
