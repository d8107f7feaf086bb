"""Read TMDB's daily id exports: one film a line, or one of another kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from ayne.data_collection.answers import UnreadableLine, glimpse, whole_surrogates
from ayne.data_collection.daily_files import Form, lines
from ayne.data_collection.tmdb.models import ExportedMovie
from ayne.kinds.readers import AN_ID, UNREADABLE

FORM = Form(called="export", holds="films", begins=b"{", ends=(b"}", b"\n"))

_LINE = msgspec.json.Decoder(ExportedMovie)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_FIELDS = {field.encode_name: msgspec.json.Decoder(field.type) for field in msgspec.structs.fields(ExportedMovie)}


class _Named(msgspec.Struct):
    """The keys of a name, in files that are not of films."""

    original_name: str | None = None
    name: str | None = None


_NAMED = msgspec.json.Decoder(_Named)


def read_export(path: Path) -> Iterator[ExportedMovie | UnreadableLine]:
    """Yield the lines of an export, in the order of the file, never more than a piece of it in memory.

    A value of an unexpected type costs that value and not the line. What is no film has a name, which stands for the
    title.

    Raises:
        BadPayload: the file is damaged.
        OSError: it cannot be read.
    """
    number = 0
    for line in lines(path):
        number += 1
        if isinstance(line, str):
            yield UnreadableLine(number, line)
            continue
        try:
            found = _LINE.decode(line)
            yield found if found.original_title is not None else _with_name(found, line)
        except UNREADABLE:
            if line.strip():
                yield _what_can_be_read(line, number)


def _with_name(found: ExportedMovie, line: bytes) -> ExportedMovie:
    try:
        said = _NAMED.decode(line)
    except UNREADABLE:
        return found
    return msgspec.structs.replace(found, original_title=said.original_name or said.name)


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
