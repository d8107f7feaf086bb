"""Build the readers of a kind's answers from its description, once.

A body in which everything is as expected is decoded in one go (:mod:`~ayne.data_collection.tmdb.well_formed`), any
other field by field, which gives the same record.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from ayne.data_collection.answers import glimpse
from ayne.data_collection.tmdb.well_formed import WellFormedChildren, WellFormedDetails, WellFormedPage
from ayne.errors import BadPayload
from ayne.kinds import Kind
from ayne.kinds.column import key_of
from ayne.kinds.readers import AN_ID, ANYTHING, UNREADABLE, PartlyRead, Reader

OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Layout:
    """How a kind's answers become records: where everything is as expected, and field by field."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.whole_page, self.whole_details = WellFormedPage(kind), WellFormedDetails(kind)
        self.whole_children = WellFormedChildren(kind)
        self.summary, self.details = kind.summary, kind.details
        self.parts = (*kind.part_names, *kind.old_parts)
        insides = [child.inside for child in kind.children if child.inside]
        lists = [inside.key for inside in insides]
        # The second is only said of rows in lists that mix films with other things; here every row is of the kind.
        self._known_elsewhere = kind.ignored | {"id", "media_type", *self.parts, *lists}
        self._appended = tuple(inside.appended for inside in insides if inside.appended)

    def record(self, found: Mapping[str, msgspec.Raw], fields: Mapping[str, Reader]) -> dict[str, Any]:
        """Return a record of these fields; raise BadPayload when there is no usable id."""
        try:
            record: dict[str, Any] = {"tmdb_id": AN_ID.decode(found["id"])}
        except (KeyError, *UNREADABLE):
            raise BadPayload(f"no usable id: {glimpse(bytes(found.get('id', b'')))}", status=200) from None
        raw: dict[str, Any] = {}
        for name, reader in fields.items():
            key = key_of(name)
            try:
                record[name] = reader.read(found[key]) if key in found else reader.tidy(None)
            except UNREADABLE as error:
                raw[key] = anything(found[key])
                record[name] = reader.tidy(error.rest if isinstance(error, PartlyRead) else None)
        for key in found.keys() - set(map(key_of, fields)) - self._known_elsewhere:
            if not key.startswith(self._appended):
                raw[key] = anything(found[key])
        record["raw"] = raw
        return record


@cache
def layout_of(kind: Kind) -> Layout:
    """Return how a kind's answers become records; it is made once."""
    return Layout(kind)


def anything(value: msgspec.Raw) -> Any:
    """Decode a value; of invalid JSON, return how it begins."""
    try:
        return ANYTHING.decode(value)
    except UNREADABLE:
        return glimpse(bytes(value))
