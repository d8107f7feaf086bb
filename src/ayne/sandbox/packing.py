"""The same body in other encodings: most clients read them, and real servers send them."""

import zlib
from dataclasses import replace

from .answers import Answer, Ending

_BOM = b"\xef\xbb\xbf"
_GZIP, _ZLIB, _RAW = 31, 15, -15


def unlabelled_gzip(answer: Answer) -> Answer:
    """Return a body that is gzip, and nothing says so."""
    return _relabelled(answer, _deflated(_plain(answer), _GZIP), "")


def gzip_with_tail(answer: Answer) -> Answer:
    """Return a gzip body with bytes behind its end."""
    return _relabelled(answer, _deflated(_plain(answer), _GZIP) + b"\0" * 8 + b"behind", "gzip")


def deflate(answer: Answer) -> Answer:
    """Return a body that is packed as `deflate`: a zlib stream, as HTTP has it."""
    return _relabelled(answer, _deflated(_plain(answer), _ZLIB), "deflate")


def raw_deflate(answer: Answer) -> Answer:
    """Return a body that is packed as `deflate`, without the head of zlib, as some servers have it."""
    return _relabelled(answer, _deflated(_plain(answer), _RAW), "deflate")


def with_bom(answer: Answer) -> Answer:
    """Return a body that begins with a byte order mark."""
    return _relabelled(answer, _BOM + _plain(answer), "") if answer.body else answer


def in_padded_chunks(answer: Answer) -> Answer:
    """Return an answer in chunks whose sizes are padded with blanks."""
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    chunked = {**headers, "Transfer-Encoding": "chunked", "Connection": "close"}
    return replace(answer, headers=chunked, ending=Ending.PADDED_CHUNKS)


def _plain(answer: Answer) -> bytes:
    is_gzip = answer.headers.get("Content-Encoding") == "gzip"
    return zlib.decompress(answer.body, _GZIP) if is_gzip else answer.body


def _deflated(body: bytes, format_: int) -> bytes:
    return zlib.compress(body, level=1, wbits=format_)


def _relabelled(answer: Answer, body: bytes, coding: str) -> Answer:
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Encoding"}
    labelled = {**headers, "Content-Encoding": coding} if coding else headers
    return replace(answer, body=body, headers={**labelled, "Content-Length": str(len(body))})
