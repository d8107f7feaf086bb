"""Download daily files, whole or not at all, and check that they are whole.

Examples are TMDB's id exports and IMDb's ratings; a :class:`Form` describes how they differ. A file under its final
name has been read to the end once. An unfinished download lies beside it as ``.part``, with a note (``.part.json``)
that says which file it is a part of, so that the rest can be checked to belong to it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar

import msgspec

from ayne import settings
from ayne.clock import Clock
from ayne.data_collection.answers import Answer, glimpse, is_success
from ayne.errors import (
    BadPayload,
    ConfigurationError,
    ConnectionFailed,
    InvalidRequest,
    NotFound,
    NotModified,
    RateLimited,
    ServerFailure,
    SourceError,
    StoreBusy,
    Unauthorized,
)
from ayne.kinds.readers import UNREADABLE
from ayne.net.bodies import Unpacking
from ayne.net.client import ClientSettings, PoliteClient

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("ayne.files")

# The largest, TMDB's export of films, has 26 MiB in 2026; forty times that is no list of films.
MAX_BYTES = 1024 * 1024 * 1024

# The longest recorded line has some hundred bytes.
MAX_LINE_BYTES = 1024 * 1024
_CHUNK_BYTES = 256 * 1024

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# What a bucket means; what is not here is a server failure. It says 403 of a file that it does not have to whoever may
# not list what it has. https://developer.themoviedb.org/docs/daily-id-exports
_MEANING: dict[int, type[SourceError]] = {
    401: Unauthorized,
    **dict.fromkeys((403, 404), NotFound),
    **dict.fromkeys((400, 405, 406, 410, 414, 422), InvalidRequest),
    429: RateLimited,
}

DownloadProgress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Form:
    """Tells a daily file from an error page, and a whole file from the beginning of one.

    Attributes:
        called: what it is called in messages.
        holds: what its lines are about, in messages.
        begins: how its text begins, blanks aside.
        ends: how it may end.
    """

    called: str
    holds: str
    begins: bytes
    ends: tuple[bytes, ...]


class _Note(msgspec.Struct):
    """Says which file a part belongs to."""

    validator: str | None = None
    total: int | None = None
    modified: str | None = None


_NOTE = msgspec.json.Decoder(_Note)


class PartFile:
    """A file that is being downloaded; a :class:`ayne.net.session.Receiver`.

    Args:
        final: the name it gets when it is whole.
        form: what it should be.
        than: the moment of the file that is known already: an older one, or the same, is not wanted.
        on_progress: called with the bytes there are, and how many there will be (None when the server did not say).
    """

    def __init__(
        self,
        final: Path,
        form: Form,
        on_progress: DownloadProgress | None = None,
        *,
        than: datetime | None = None,
    ) -> None:
        self._final = final
        self._form = form
        self._than = than
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
        """Ask for the rest of this file, or for the whole file if it was replaced."""
        plain = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if not self.received:
            return plain | ({"If-Modified-Since": format_datetime(self._than, usegmt=True)} if self._than else {})
        return {**plain, "Range": f"bytes={self.received}-", "If-Range": self._note.validator or ""}

    def begin(self, head: Answer) -> None:
        """Start from the beginning (200 and the like), continue (206), or raise the error of the status."""
        called = self._form.called
        if is_success(head.status):
            made_at = _moment(head.headers.get("last-modified"))
            if self._than and made_at and made_at <= self._than.timestamp():
                # Not every server looks at the condition.
                raise NotModified(f"there is no newer {called}", status=head.status)
            self._start(_Note(_validator(head.headers), _length(head.headers), head.headers.get("last-modified")))
        elif head.status == 304 and self._than:
            raise NotModified(f"there is no newer {called}", status=304)
        elif head.status == 206:
            self._go_on(head.headers)
        elif head.status == 416:
            self.discard()
            raise BadPayload(f"the {called} is shorter than what came of it; it is fetched anew", status=416)
        else:
            kind = _MEANING.get(head.status, ServerFailure)
            raise kind(f"the host of the {called} answered {head.status}", status=head.status)

    def write(self, chunk: bytes) -> None:
        """Write a piece to the file."""
        total = self._note.total
        most = MAX_BYTES if total is None else total
        if self.received + len(chunk) > most:
            self.discard()
            raise BadPayload(f"more came of the {self._form.called} than the {most} bytes it may have")
        if self._file:
            self._file.write(chunk)
        self.received += len(chunk)
        if self._on_progress:
            self._on_progress(self.received, total)

    def end(self) -> None:
        """End the body; raise when bytes are missing."""
        self.close()
        total = self._note.total
        if total is not None and self.received < total:
            raise ConnectionFailed(f"{self.received} of {total} bytes came")

    def close(self) -> None:
        """Write the received bytes to disk."""
        if self._file:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Delete the received bytes."""
        self.close()
        self._part.unlink(missing_ok=True)
        self._note_path.unlink(missing_ok=True)
        self._note = _Note()
        self.received = 0

    def check(self) -> Iterator[None]:
        """Check the received file as :func:`check` does."""
        return check(self._part, self._form)

    def finish(self, now: datetime) -> None:
        """Give the checked file its final name, and the time at which the server made it."""
        made_at = _moment(self._note.modified) or now.timestamp()
        os.utime(self._part, (made_at, made_at))
        with self._part.open("rb+") as file:
            os.fsync(file.fileno())
        self._part.replace(self._final)
        self._note_path.unlink(missing_ok=True)

    def _start(self, note: _Note) -> None:
        if (note.total or 0) > MAX_BYTES:
            raise BadPayload(f"the {self._form.called} has {note.total} bytes; more than {MAX_BYTES} cannot be right")
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
            raise BadPayload(f"the {self._form.called} changed while it was fetched; it is fetched anew", status=206)
        self.close()
        self._file = self._part.open("ab")

    def _read_note(self) -> _Note:
        with suppress(FileNotFoundError, *UNREADABLE):
            return _NOTE.decode(self._note_path.read_bytes())
        return _Note()


def _validator(headers: Mapping[str, str]) -> str | None:
    """Return the value of ``If-Range`` for a file: a strong ETag, or the date of its last change."""
    etag = headers.get("etag", "")
    return etag if etag.startswith('"') else headers.get("last-modified")


def _length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _moment(text: str | None) -> float | None:
    """Return an HTTP date in seconds since 1970; None for what is not a date, or lies before 1970."""
    try:
        moment = parsedate_to_datetime(text or "").timestamp()
    except (ValueError, OverflowError):
        return None
    return moment if moment > 0 else None


def check(path: Path, form: Form) -> Iterator[None]:
    """Read a file to its end, checksum and length included, resting after each piece.

    Raises:
        BadPayload: it is not whole, or not of this form.
    """
    name = path.name.removesuffix(".part")
    piece = b""
    for number, piece in enumerate(_pieces(path)):
        if not (number or piece):
            raise BadPayload(f"{name} is empty")
        if not (number or piece.lstrip().startswith(form.begins)):
            raise BadPayload(f"{name} does not hold {form.holds}: {glimpse(piece)}")
        yield
    if not piece.endswith(form.ends):
        # What came unpacked has no checksum that would tell.
        raise BadPayload(f"{name} breaks off: {glimpse(piece[-60:])}")


def _pieces(path: Path) -> Iterator[bytes]:
    """Yield a file decompressed, as its first bytes require: a proxy may have decompressed it already."""
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


def lines(path: Path) -> Iterator[bytes | str]:
    """Yield the lines of a file; for a line that is too long to hold, a text that says so.

    Raises:
        BadPayload: the file is damaged.
        OSError: it cannot be read.
    """
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


class DailyFileClient(PoliteClient):
    """Downloads daily files into a folder, each whole or not at all, one thing at a time and without a key.

    Each class of it declares whose files these are.

    Args:
        folder: where the files go; made when it is not there.
        base_url: the address that the files are below; by default what ``address`` names.
        requests_per_second: the most requests that start in a second.
        max_retries: retries after a failure that may be temporary, counted anew after each MiB that came.
        backoff: seconds before the first retry; 1 gives 1, 2, 4.
        jitter: the most by which a random amount lengthens a wait, as a share of it.
        timeout: seconds of silence after which an attempt is given up; a download may take longer.
        deadline: seconds without a further MiB after which nothing is tried again.
        transport: an ``httpx`` transport to send through instead of the network.
        clock: the clock to use.

    Attributes:
        traffic: requests, retries by reason and bytes so far.

    Raises:
        ConfigurationError: the address cannot be one.
    """

    form: ClassVar[Form]
    """What the files should be."""

    address: ClassVar[tuple[str, str]]
    """The variable that names their server's address, and what it is when nobody names one."""

    def __init__(
        self,
        folder: str | Path,
        *,
        base_url: str | None = None,
        requests_per_second: float = 4.0,
        max_retries: int = 3,
        backoff: float = 1.0,
        jitter: float = 0.1,
        timeout: float = 30.0,
        deadline: float = 300.0,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(
            ClientSettings(
                base_url=settings.server_for(base_url, *self.address),
                max_concurrent=1,
                requests_per_second=requests_per_second,
                max_retries=max_retries,
                backoff=backoff,
                jitter=jitter,
                timeout=timeout,
                deadline=deadline,
                transport=transport,
                clock=clock,
            )
        )
        self.folder = Path(folder)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url} into {getattr(self, 'folder', 'no folder')}>"

    async def _download(
        self, path: Path, on_progress: DownloadProgress | None, *, than: datetime | None = None
    ) -> None:
        """Download a file, or the missing rest of it, and move it to its place when it is whole.

        Raises:
            NotModified: the server has none that was made after ``than``.
            SourceError: it could not be fetched; what came is kept for the next try.
        """
        part = PartFile(path, self.form, on_progress, than=than)
        try:
            await self._complete(path.name, part)
            part.finish(self._clock.now())
        finally:
            part.close()

    async def _is_there(self, path: Path) -> bool:
        """Return whether a file was downloaded before and is still whole; remove a damaged one."""
        try:
            await _at_leisure(check(path, self.form))
        except FileNotFoundError:
            return False
        except BadPayload as error:
            log.warning("%s; it is fetched anew", error.message)
            _remove(path)
            return False
        return True

    async def _complete(self, wanted: str, part: PartFile) -> None:
        """Fetch what is missing; if the file is damaged, fetch it again, once."""
        for may_try_again in (True, False):
            if not part.is_all_there:
                await self._session.download(f"/{wanted}", part)
            try:
                await _at_leisure(part.check())
            except BadPayload as error:
                part.discard()
                if not may_try_again:
                    error.request = f"/{wanted}"
                    error.attempts = 2
                    raise
                log.warning("%s; it is fetched anew", error.message)
            else:
                return

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep a second process from writing the same part, and report errors of the disk as something to correct."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / ".lock").open("a", encoding="utf-8") as mark:
                if sys.platform != "win32":
                    try:
                        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        raise StoreBusy(
                            f"Another ayne is downloading into {self.folder}. Wait for it to finish."
                        ) from None
                yield
        except OSError as error:
            raise ConfigurationError(f"{self.folder} cannot be written to: {error.strerror or error}") from None


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


async def _at_leisure(work: Iterable[None]) -> None:
    """Do work that takes a second in pieces, so that nobody else has to wait for all of it."""
    for _ in work:
        await asyncio.sleep(0)
