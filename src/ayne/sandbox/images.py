"""Serve images: a tiny placeholder of the right format, at every path that TMDB's image server could have.

No two images differ. The sandbox invents the paths of posters, so any well-formed path is an image here, and no
collector needs to be told apart by its pictures.
"""

import re
import struct
import zlib

from .answers import Answer, Request, error

PREFIX = "/t/p/"

#: The sizes that `/configuration` lists, for all kinds of images.
SIZES = frozenset(
    "w45 w92 w154 w185 w300 w342 w500 w780 w1280 h632 original".split()  # noqa: SIM905 - easier to read
)
_FILE = re.compile(r"[0-9A-Za-z_-]+\.(jpg|png|svg)")
_YEAR = 31_536_000

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="2" height="3"><path fill="#888" d="M0 0h2v3H0z"/></svg>'


def _jpeg() -> bytes:
    """Eight by eight grey pixels: each Huffman table has one code, and the picture is two zero bits."""

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    one_code = bytes([1, *[0] * 15, 0])
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            segment(0xDB, bytes([0, *[1] * 64])),
            segment(0xC0, bytes([8, 0, 8, 0, 8, 1, 1, 0x11, 0])),
            segment(0xC4, b"\x00" + one_code),
            segment(0xC4, b"\x10" + one_code),
            segment(0xDA, bytes([1, 1, 0, 0, 63, 0])),
            b"\x3f\xff\xd9",
        ]
    )


def _png() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00\x88")) + chunk(b"IEND", b"")


_IMAGES = {"jpg": ("image/jpeg", _jpeg()), "png": ("image/png", _png()), "svg": ("image/svg+xml", _SVG)}


class Images:
    """The image server; no key is needed."""

    def answer(self, request: Request, now: float) -> Answer:
        """Answer `/t/p/{size}/{file}`: any file of a known format, in the sizes of `/configuration`."""
        if request.method != "GET":
            return error(42)
        size, _, name = request.path.removeprefix(PREFIX).partition("/")
        file = _FILE.fullmatch(name)
        if size not in SIZES or file is None:
            return error(34)
        content_type, body = _IMAGES[file[1]]
        return Answer(200, {"Content-Type": content_type, "Cache-Control": f"public, max-age={_YEAR}"}, body)
