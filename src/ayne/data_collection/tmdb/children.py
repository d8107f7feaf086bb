"""Fetch what lies inside of details: the seasons of a series and their episodes.

A series names its seasons in a list. Each comes whole, with its episodes, under a key like ``season/1`` when it was
asked for. TMDB silently leaves out what it does not have, so any number may be asked for, and takes twenty names
in a request, parts included. A series is complete when all that its list names has come.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ayne.data_collection.tmdb.layouts import OBJECT, anything, layout_of
from ayne.data_collection.tmdb.limits import MOST_APPENDED
from ayne.errors import BadPayload
from ayne.kinds import Kind
from ayne.kinds.kind import Inside
from ayne.kinds.readers import AN_ID, UNREADABLE

# No series has a hundred seasons. A body that names more than this is no reason to send requests by the thousand.
MOST_CHILDREN = 1_000

Found = Mapping[str, msgspec.Raw]
Record = dict[str, Any]

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_NUMBER = msgspec.json.Decoder(int, strict=False)


# --- what is asked for ------------------------------------------------------------------------------------------------


def appended(kind: Kind, parts: Iterable[str], numbers: Iterable[int] = ()) -> list[str]:
    """Return what is appended to a request: parts, and children by their numbers, each with its pieces of parts.

    >>> from ayne.kinds import SERIES
    >>> appended(SERIES, ["keywords", "season_images"], [0, 2])
    ['keywords', 'season/0', 'season/0/images', 'season/2', 'season/2/images']
    """
    inside = [(name, kind.parts[name].in_each if name in kind.parts else None) for name in parts]
    found = [name for name, each in inside if each is None]
    pieces = [f"/{key}" for _, each in inside if each and each.appended for key in each.keys]
    for begin in _prefixes(kind):
        found += [f"{begin}{number}{piece}" for number in numbers for piece in ("", *pieces)]
    return found


def first_numbers(kind: Kind, parts: Sequence[str], known: Iterable[int] | None = None) -> list[int]:
    """Return the numbers of the children to ask for in the first request: as many as there is room for.

    Args:
        kind: what they are children of.
        parts: what is asked for beside them.
        known: the numbers that are stored, of which one more is asked for; None when it was never fetched.

    Example:
        >>> from ayne.kinds import SERIES
        >>> first_numbers(SERIES, SERIES.usual_parts), first_numbers(SERIES, [], [0, 1, 2])
        ([0, 1, 2, 3, 4], [0, 1, 2, 3])
    """
    if not _prefixes(kind):
        return []
    alone = len(appended(kind, parts))
    room = (MOST_APPENDED - alone) // (len(appended(kind, parts, [0])) - alone)
    if known is None:
        return list(range(room))
    numbers = sorted(set(known))
    return [*numbers, max(numbers, default=0) + 1][:room]


def further(kind: Kind, parts: Iterable[str], numbers: Sequence[int]) -> Iterator[list[str]]:
    """Yield what each further request appends, for children that were named and did not come."""
    pieces = [name for name in parts if name in kind.parts and kind.parts[name].in_each]
    at_once = MOST_APPENDED // len(appended(kind, pieces, [0]))
    for begin in range(0, len(numbers), at_once):
        yield appended(kind, pieces, numbers[begin : begin + at_once])


def missing(kind: Kind, found: Found) -> list[int]:
    """Return the numbers of the children that a body names and does not have.

    Raises:
        BadPayload: it does not say which there are, or names more than there can be.
    """
    lacking: set[int] = set()
    for inside in _numbered(kind):
        try:
            named = {_number(entry, inside) for entry in _LIST.decode(found[inside.key])}
        except (KeyError, *UNREADABLE):
            raise BadPayload(f"200, but without a list of {inside.key}", status=200) from None
        lacking |= {number for number in named if number is not None} - _bodies(found, inside).keys()
        if len(lacking) > MOST_CHILDREN:
            raise BadPayload(f"200, but with {len(lacking)} {inside.key}", status=200)
    return sorted(lacking)


def not_sent(kind: Kind, names: Iterable[str], found: Found) -> list[str]:
    """Return which of the children that were appended to a request did not come."""
    numbers = {f"{inside.appended}{number}" for inside in _numbered(kind) for number in _bodies(found, inside)}
    return [name for name in names if name.count("/") == 1 and name not in numbers]


def with_more(kind: Kind, found: Found, further: Iterable[Found]) -> dict[str, msgspec.Raw]:
    """Return a body with the children that came in further ones."""
    begins = tuple(_prefixes(kind))
    return dict(found) | {key: value for more in further for key, value in more.items() if key.startswith(begins)}


def _numbered(kind: Kind) -> list[Inside]:
    return [child.inside for child in kind.children if child.inside and child.inside.appended]


def _prefixes(kind: Kind) -> list[str]:
    return [inside.appended for inside in _numbered(kind)]


# --- what came --------------------------------------------------------------------------------------------------------


class ChildReader:
    """Reads the children in a body.

    Attributes:
        pieces: of each part that comes in pieces, the body that its rows are found in.
        unreadable: what had to be left out, by the key of the list it belongs to.

    Args:
        kind: what the body is of.
        parts: those that were asked for; of others no pieces are kept.
    """

    def __init__(self, kind: Kind, parts: Iterable[str]) -> None:
        self.pieces: dict[str, dict[str, list[Record]]] = {}
        self.unreadable: dict[str, list[Any]] = {}
        self._keys: dict[str, dict[str, tuple[str, ...]]] = {}
        for name in parts:
            if name in kind.parts and (each := kind.parts[name].in_each):
                self.pieces[name] = {"results": []}
                self._keys.setdefault(each.child, {})[name] = each.keys

    def below(self, kind: Kind, ids: tuple[int, ...], found: Found) -> dict[str, list[Record]]:
        """Return the records of what lies directly inside of a body, by the key of its list; theirs are in them."""
        return {child.inside.key: self._records(child, ids, found) for child in kind.children if child.inside}

    def _records(self, child: Kind, ids: tuple[int, ...], found: Found) -> list[Record]:
        inside, records = child.inside, {}
        if inside is None:
            return []
        for record, body in (self._of_numbers if inside.appended else self._of_list)(child, inside, found):
            tmdb_id = record["tmdb_id"]
            for part, keys in self._keys.get(child.name, {}).items():
                held = {key: anything(body[key]) for key in keys if body.get(key) is not None}
                self.pieces[part]["results"].append({"id": tmdb_id, **held})
            # Of equals the last counts.
            above = dict(zip(inside.above, ids, strict=True))
            records[tmdb_id] = record | above | self.below(child, (*ids, tmdb_id), body)
        return list(records.values())

    def _of_list(self, child: Kind, inside: Inside, found: Found) -> Iterator[tuple[Record, Found]]:
        """Read objects that stand in a list whole."""
        if (value := found.get(inside.key)) is None:
            return
        layout, wanted = layout_of(child), [key for keys in self._keys.get(child.name, {}).values() for key in keys]
        whole = layout.whole_children.decode(value, wanted)
        if whole is not None:
            yield from whole
            return
        for item in self._items(value, inside.key):
            try:
                body = OBJECT.decode(item)
                yield layout.record(body, layout.details), body
            except (BadPayload, *UNREADABLE):
                self._leave_out(item, inside.key)

    def _of_numbers(self, child: Kind, inside: Inside, found: Found) -> Iterator[tuple[Record, Found]]:
        """Read objects that a list names and that stand by themselves, whatever of both there is of each."""
        layout, bodies = layout_of(child), _bodies(found, inside)
        named: dict[int, dict[str, msgspec.Raw]] = {}
        of_parts: dict[int, dict[str, msgspec.Raw]] = {}
        by_number: dict[int | None, int] = {}
        for item in self._items(found.get(inside.key, msgspec.Raw(b"null")), inside.key):
            try:
                entry = OBJECT.decode(item)
                tmdb_id = AN_ID.decode(entry["id"])
            except (KeyError, *UNREADABLE):
                self._leave_out(item, inside.key)
                continue
            named[tmdb_id] = entry
            by_number[_number(item, inside)] = tmdb_id
        for number, (body, pieces) in bodies.items():
            try:
                whole = OBJECT.decode(body)
                tmdb_id = AN_ID.decode(whole["id"]) if "id" in whole else by_number[number]
            except (KeyError, *UNREADABLE):
                self._leave_out(body, inside.key)
                continue
            own = {"id": msgspec.Raw(str(tmdb_id).encode())}
            named[tmdb_id] = named.get(tmdb_id, {}) | whole | own
            of_parts[tmdb_id] = pieces
        for tmdb_id, entry in named.items():
            yield layout.record(entry, layout.details), entry | of_parts.get(tmdb_id, {})

    def _items(self, value: msgspec.Raw, key: str) -> list[msgspec.Raw]:
        try:
            return _LIST.decode(value) if bytes(value) != b"null" else []
        except UNREADABLE:
            self._leave_out(value, key)
            return []

    def _leave_out(self, value: msgspec.Raw, key: str) -> None:
        self.unreadable.setdefault(key, []).append(anything(value))


def unread(kind: Kind, record: Mapping[str, Any], begin: str = "") -> Iterator[str]:
    """Yield the keys of a record that no column holds or whose value could not be read; a child's behind its name."""
    yield from (f"{begin}{key}" for key in record["raw"])
    for child in kind.children:
        for inner in record[child.inside.key] if child.inside else ():
            yield from unread(child, inner, f"{child.name}.")


def _number(entry: msgspec.Raw, inside: Inside) -> int | None:
    """Return by what number an entry of a list is asked for; None when it tells none."""
    try:
        number = _NUMBER.decode(OBJECT.decode(entry)[inside.number])
    except (KeyError, *UNREADABLE):
        return None
    return number if 0 <= number < 2**31 else None


def _bodies(found: Found, inside: Inside) -> dict[int, tuple[msgspec.Raw, dict[str, msgspec.Raw]]]:
    """Return the objects that came by their numbers, each with its pieces of parts."""
    bodies: dict[int, tuple[msgspec.Raw, dict[str, msgspec.Raw]]] = {}
    pieces: dict[str, dict[str, msgspec.Raw]] = {}
    for key, value in found.items():
        if key.startswith(inside.appended):
            number, _, piece = key.removeprefix(inside.appended).partition("/")
            if piece:
                pieces.setdefault(number, {})[piece] = value
            elif number.isascii() and number.isdigit() and bytes(memoryview(value)[:1]) == b"{":
                bodies[int(number)] = (value, pieces.setdefault(number, {}))
    return bodies
