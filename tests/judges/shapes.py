"""The shape of JSON bodies: which keys they have, and of which types the values are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

#: Keys that are values: countries, with a province or not.
_PLACE = re.compile("[A-Z]{2}(-[A-Z]{2})?")
#: What an edit changed can be anything at all, so it is not looked into.
OPAQUE = ("value", "original_value")

_UNRECORDED = "was not recorded"


def is_place(key: str) -> bool:
    """Return whether a key is a country."""
    return _PLACE.fullmatch(key) is not None


def json_type(value: object) -> str:
    """Return what JSON calls the type of a value; a whole number is told from another one."""
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return "null" if value is None else names[type(value)]


def facts(body: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """Yield the path of each value and its type: `("$.results[].id", "integer")`."""
    yield path, json_type(body)
    if isinstance(body, dict):
        for key, value in body.items():
            below = f"{path}.{{}}" if is_place(key) else f"{path}.{key}"
            if key not in OPAQUE:
                yield from facts(value, below)
            else:
                yield below, "anything"
    elif isinstance(body, list):
        for value in body:
            yield from facts(value, f"{path}[]")


@dataclass(slots=True)
class Shape:
    """What was seen in some bodies: by path, the types."""

    types: dict[str, set[str]] = field(default_factory=dict)
    bodies: int = 0

    @classmethod
    def of(cls, bodies: Iterable[Any]) -> Shape:
        """Return the shape of these bodies together."""
        shape = cls()
        for body in bodies:
            shape.bodies += 1
            for path, kind in facts(body):
                shape.types.setdefault(path, set()).add(kind)
        return shape


@dataclass(frozen=True, slots=True)
class Comparison:
    """How what is served differs from what was recorded; each difference is a path, or a path and a type."""

    paths: int
    """How many paths were compared."""
    missing: frozenset[str]
    """Paths that are never served."""
    extra: frozenset[str]
    """Paths that were never recorded."""
    different: frozenset[str]
    """Types that only one of the two has, for paths that both have: `$.runtime: null is not served`."""

    @property
    def differences(self) -> frozenset[str]:
        """All differences, as texts."""
        return (
            frozenset(f"missing {path}" for path in self.missing)
            | frozenset(f"extra {path}" for path in self.extra)
            | self.different
        )


def compare(recorded: Shape, served: Shape, ever: Shape | None = None) -> Comparison:
    """Compare what is served with what was recorded; `ever` are recordings of any age, which tell what can be null."""
    nullable = {path for path, kinds in ever.types.items() if "null" in kinds} if ever else set()
    both = recorded.types.keys() & served.types.keys()
    different = {
        f"{path}: {kind} {verdict}"
        for path in both
        for kinds, verdict in (
            (recorded.types[path] - served.types[path], "is not served"),
            (served.types[path] - recorded.types[path], _UNRECORDED),
        )
        for kind in kinds
        if not (kind == "null" and verdict == _UNRECORDED and path in nullable)
    }
    return Comparison(
        paths=len(recorded.types.keys() | served.types.keys()),
        missing=frozenset(recorded.types.keys() - served.types.keys()),
        extra=frozenset(served.types.keys() - recorded.types.keys()),
        different=frozenset(different),
    )
