"""Daily id exports on disk: the part that is still coming, whether a file is whole, and the films it names.

A file under its final name has been read to the end once. What is still coming lies beside it as ``.part``, with a
note (``.part.json``) of what it is a part of: without that, nobody could tell whether the rest belongs to it.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from ayne.data_collection.answers import Answer, glimpse, is_success, whole_surrogates
from ayne.data_collection.tmdb.models import ExportedMovie, UnreadableLine
from ayne.data_collection.tmdb.protocol import MEANING
from ayne.errors import BadPayload, ConnectionFailed, NotFound, ServerFailure
from ayne.kinds.readers import AN_ID, UNREADABLE
from ayne.net.bodies import Unpacking

# The export of 2026 has 26 MiB; forty times that is no list of films.
MAX_EXPORT_BYTES = 1024 * 1024 * 1024

# The longest recorded line has some hundred bytes.
MAX_LINE_BYTES = 1024 * 1024
_CHUNK_BYTES = 256 * 1024

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# The file host says 403 of a file it does not have. https://developer.themoviedb.org/docs/daily-id-exports
_MEANING = {**MEANING["status"], 403: NotFound}

DownloadProgress = Callable[[int, int | None], None]


class _Note(msgspec.Struct):
    """What a part is a part of."""

    validator: str | None = None
    total: int | None = None


_NOTE = msgspec.json.Decoder(_Note)


class PartFile:
    """An export that is still coming; a :class:`ayne.net.session.Receiver`.

    Args:
        final: the name it gets when it is whole.
        on_progress: called with the bytes there are, and how many there will be (None when the server did not say).
    """

    def __init__(self, final: Path, on_progress: DownloadProgress | None = None) -> None:
        self._final = final
        self._part = final.with_name(f"{final.name}.part")
        self._note_path = final.with_name(f"{final.name}.part.json")
        self._on_progress = on_progress
        self._file: IO[bytes] | None = None
        self._note = self._read_note()
        self.received = self._part.stat().st_size if self._part.exists() else 0
        if self.received and not self._note.validator and not self.is_all_there:
            self.discard()

    @property
    def is_all_there(self) -> bool:
        """Whether as many bytes have come as the server announced."""
        return self.received > 0 and self.received == self._note.total

    def headers(self) -> Mapping[str, str]:
        """Ask for the rest of this very file, or for the whole of what has taken its place."""
        plain = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if not self.received:
            return plain
        return {**plain, "Range": f"bytes={self.received}-", "If-Range": self._note.validator or ""}

    def begin(self, head: Answer) -> None:
        """Start from the beginning (200 and its like), go on (206), or raise what the status means."""
        if is_success(head.status):
            self._start(_Note(_validator(head.headers), _length(head.headers)))
        elif head.status == 206:
            self._go_on(head.headers)
        elif head.status == 416:
            self.discard()
            raise BadPayload("the export is shorter than what came of it; it is fetched anew", status=416)
        else:
            kind = _MEANING.get(head.status, ServerFailure)
            raise kind(f"the export host answered {head.status}", status=head.status)

    def write(self, chunk: bytes) -> None:
        """Keep a piece."""
        total = self._note.total
        most = MAX_EXPORT_BYTES if total is None else total
        if self.received + len(chunk) > most:
            self.discard()
            raise BadPayload(f"more came of the export than the {most} bytes it may have")
        if self._file:
            self._file.write(chunk)
        self.received += len(chunk)
        if self._on_progress:
            self._on_progress(self.received, total)

    def end(self) -> None:
        """The body is over; it must have brought everything."""
        self.close()
        total = self._note.total
        if total is not None and self.received < total:
            raise ConnectionFailed(f"{self.received} of {total} bytes came")

    def close(self) -> None:
        """Put on disk what has come."""
        if self._file:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Forget what has come."""
        self.close()
        self._part.unlink(missing_ok=True)
        self._note_path.unlink(missing_ok=True)
        self._note = _Note()
        self.received = 0

    def check(self) -> Iterator[None]:
        """Read what has come, as :func:`check` does."""
        return check(self._part)

    def finish(self) -> None:
        """Give it its final name; it must have been checked."""
        with self._part.open("rb+") as file:
            os.fsync(file.fileno())
        self._part.replace(self._final)
        self._note_path.unlink(missing_ok=True)

    def _start(self, note: _Note) -> None:
        if (note.total or 0) > MAX_EXPORT_BYTES:
            raise BadPayload(f"the export has {note.total} bytes; more than {MAX_EXPORT_BYTES} cannot be right")
        # In this order: a part with the note of another would be taken up where nothing fits.
        self.discard()
        self._file = self._part.open("xb")
        unfinished = self._note_path.with_suffix(".tmp")
        unfinished.unlink(missing_ok=True)
        # Made anew, and so never through a link that somebody put there.
        with unfinished.open("xb") as file:
            file.write(msgspec.json.encode(note))
        unfinished.replace(self._note_path)
        self._note = note

    def _go_on(self, headers: Mapping[str, str]) -> None:
        piece = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("content-range", ""), re.ASCII)
        validator = _validator(headers)
        fits = (
            piece
            and int(piece[1]) == self.received > 0
            and piece[2] in {"*", str(self._note.total)}
            # A server that knows no If-Range sends the end of another file without a word.
            and (validator is None or validator == self._note.validator)
        )
        if not fits:
            self.discard()
            raise BadPayload("the export changed while it was fetched; it is fetched anew", status=206)
        self.close()
        self._file = self._part.open("ab")

    def _read_note(self) -> _Note:
        with suppress(FileNotFoundError, *UNREADABLE):
            return _NOTE.decode(self._note_path.read_bytes())
        return _Note()


def _validator(headers: Mapping[str, str]) -> str | None:
    """What ``If-Range`` may say of a file: a strong ETag, or the date of its last change."""
    etag = headers.get("etag", "")
    return etag if etag.startswith('"') else headers.get("last-modified")


def _length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def check(path: Path) -> Iterator[None]:
    """Read an export to its end, checksum and length included, resting after each piece.

    Raises:
        BadPayload: it is not whole, or no export.
    """
    name = path.name.removesuffix(".part")
    piece = b""
    for number, piece in enumerate(_pieces(path)):
        if not (number or piece):
            raise BadPayload(f"{name} is empty")
        if not (number or piece.lstrip().startswith(b"{")):
            raise BadPayload(f"{name} does not hold films: {glimpse(piece)}")
        yield
    if not piece.endswith((b"}", b"\n")):
        # What came unpacked has no checksum that would tell.
        raise BadPayload(f"{name} breaks off: {glimpse(piece[-60:])}")


def _pieces(path: Path) -> Iterator[bytes]:
    """A file unpacked, by what its first bytes say: something in between may have unpacked it already."""
    try:
        pieces = filter(None, _unpacked(path))
        yield next(pieces, b"").removeprefix(_BYTE_ORDER_MARK)
        yield from pieces
    except zlib.error as error:
        raise BadPayload(f"{path.name.removesuffix('.part')} is damaged: {error}") from None


def _unpacked(path: Path) -> Iterator[bytes]:
    unpacking = Unpacking()
    with path.open("rb") as file:
        while packed := file.read(_CHUNK_BYTES):
            yield from unpacking.feed(packed)
    yield from unpacking.finish()


# --- reading ------------------------------------------------------------------------------------------------------

_LINE = msgspec.json.Decoder(ExportedMovie)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_FIELDS = {field.encode_name: msgspec.json.Decoder(field.type) for field in msgspec.structs.fields(ExportedMovie)}


def read_export(path: Path) -> Iterator[ExportedMovie | UnreadableLine]:
    """The films of an export, in the order of the file, never more than a piece of it in memory.

    A value of an unexpected type costs that value and not the film.

    Raises:
        BadPayload: the file is damaged.
        OSError: it cannot be read.
    """
    number = 0
    for line in _lines(path):
        number += 1
        if isinstance(line, str):
            yield UnreadableLine(number, line)
            continue
        try:
            yield _LINE.decode(line)
        except UNREADABLE:
            if line.strip():
                yield _what_can_be_read(line, number)


def _what_can_be_read(line: bytes, number: int) -> ExportedMovie | UnreadableLine:
    found: dict[str, Any] = {}
    try:
        values = _OBJECT.decode(whole_surrogates(line))
        found["tmdb_id"] = AN_ID.decode(values["id"])
    except KeyError:
        return UnreadableLine(number, f"there is no id: {glimpse(line)}")
    except UNREADABLE as error:
        return UnreadableLine(number, f"{error}: {glimpse(line)}")
    for name in values.keys() & _FIELDS.keys() - {"id"}:
        with suppress(*UNREADABLE):
            found[name] = _FIELDS[name].decode(values[name])
    return ExportedMovie(**found)


def _lines(path: Path) -> Iterator[bytes | str]:
    """The lines of a file; of one that is too long to be held, what is wrong with it."""
    rest = b""
    skipping = False
    for piece in _pieces(path):
        *whole, rest = (rest + piece).split(b"\n")
        if whole and skipping:
            del whole[0]
            skipping = False
        yield from whole
        if len(rest) > MAX_LINE_BYTES:
            if not skipping:
                yield f"longer than {MAX_LINE_BYTES} bytes: {glimpse(rest)}"
            skipping, rest = True, b""
    if rest and not skipping:
        yield rest
