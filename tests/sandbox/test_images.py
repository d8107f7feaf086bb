"""Images: placeholders that are what their names say."""

import struct
import zlib
from xml.etree import ElementTree as ET

import pytest

from ayne.sandbox.answers import Answer, Request
from ayne.sandbox.app import SandboxApp
from ayne.sandbox.catalogue import Catalogue

APP = SandboxApp(Catalogue.generated(10))


def ask(path: str, method: str = "GET") -> Answer:
    return APP.answer(Request(method, path, headers={"accept-encoding": "gzip"}))


def segments(jpeg: bytes) -> dict[int, bytes]:
    """The parts of a JPEG before its picture, by marker."""
    found, at = {}, 2
    while 0xDA not in found:
        mark, marker, length = struct.unpack_from(">BBH", jpeg, at)
        assert mark == 0xFF
        found[marker] = jpeg[at + 4 : at + 2 + length]
        at += 2 + length
    return found


def test_a_jpeg_is_a_whole_baseline_jpeg() -> None:
    answer = ask("/t/p/w500/pB8BM7pdSp6B6Ih7QZ4DrQ3PmJK.jpg")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.body.startswith(b"\xff\xd8")
    assert answer.body.endswith(b"\xff\xd9")
    parts = segments(answer.body)
    assert parts[0xE0].startswith(b"JFIF\0")
    assert struct.unpack(">BHHB", parts[0xC0][:6]) == (8, 8, 8, 1)
    assert len(parts[0xDB]) == 65


def test_a_png_is_a_whole_png() -> None:
    body = ask("/t/p/original/a.png").body
    assert body.startswith(b"\x89PNG\r\n\x1a\n")
    at, names = 8, []
    while at < len(body):
        length, name = struct.unpack_from(">I4s", body, at)
        content = body[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", body, at + 8 + length) == (zlib.crc32(name + content),)
        names.append(name)
        at += 12 + length
    assert names == [b"IHDR", b"IDAT", b"IEND"]


def test_an_svg_is_xml() -> None:
    answer = ask("/t/p/w92/a.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert ET.fromstring(answer.body).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own


def test_images_need_no_key_are_not_compressed_and_are_kept_for_long() -> None:
    answer = ask("/t/p/w92/a.jpg")
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Cache-Control"] == "public, max-age=31536000"


@pytest.mark.parametrize(
    "path", ["/t/p/w93/a.jpg", "/t/p/w92/a.gif", "/t/p/w92/", "/t/p/w92", "/t/p/", "/t/p/w92/a/b.jpg", "/t/p/w92/.jpg"]
)
def test_what_is_no_image_is_404(path: str) -> None:
    assert ask(path).status == 404


def test_the_log_counts_images_as_images() -> None:
    app = SandboxApp(Catalogue.generated(10))
    app.answer(Request("GET", "/t/p/w92/a.jpg"))
    assert app.log.report()["by_kind"] == {"image": 1}
