"""Good bodies made bad: bytes that were damaged, and JSON whose shape is not what was promised.

Damaged bytes mostly try the JSON parser; what tries ayne is JSON that parses and says something impossible. So most
spoiling is done on the decoded tree, into which any token can be put, also those that no encoder would write.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec

Dice = random.Random


def _nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


# Values as tokens. Rare ones are large, so they are drawn less often.
_TOKENS: tuple[bytes, ...] = (
    b"null", b"true", b"false", b"0", b"-0", b"-0.0", b"-1", b"5", b"0.5", b"7.0",
    b"2147483647", b"2147483648", b"-2147483649", b"9007199254740991", b"9007199254740992",
    b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"18446744073709551616",
    b"1e18", b"1e19", b"1e308", b"1e309", b"1e999", b"-1e999", b"1e-999",
    b'""', b'" "', b'"5"', b'"-5"', b'"7.0"', b'"1e5"', b'"NaN"', b'"inf"', b'"true"', b'"null"', b'"N/A"',
    b'"9223372036854775808"', b'"1_000"', b'"\xd9\xa5"', b'" 5 "', b'"$1,000,000"', b'"1,000"',
    b'"99999999999 min"',
    b'"2023-02-30"', b'"0000-00-00"', b'"0000-01-01"', b'"0001-01-01"', b'"9999-12-31"', b'"10000-01-01"',
    b'"-0044-03-15"',
    b'"2024-02-29"', b'"20240229"', b'"2024-W09-4"', b'"2024-1-1"', b'"24-01-01"', b'"2024-01-01T00:00:00.000Z"',
    b'"0001-01-01T00:00:00+14:00"', b'"9999-12-31T23:59:59-14:00"', b'"2024-06-01T12:00:00.123456789Z"',
    b'"30 Feb 2013"',
    b"[]", b"{}", b"[[]]", b"[null]", b"[{}]", b'{"id":null}', b'{"id":5}', b'[{"id":1},{"id":1}]',
    b'{"results":[]}',
    b'"\\u0000"', b'"a\\u0000b"', b'"\\u001b[2J\\u001b]0;owned\\u0007"', b'"\\u202edekcatta"', b'"\\u2066\\u2069"',
    b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\ud83d\\ude00"', b'"x\\udfff"', b'"\xed\xa0\x80"', b'"\xff\xfe"',
    b'"\\ufeff"',
    b'"\\r\\n"', b'"\xe2\x80\xa8"', b'"<script>alert(1)</script>"', b'"=cmd|\' /C calc\'!A0"',
    b'"\'; DROP TABLE movies; --"',
    b'"../../etc/passwd"', b'"/etc/passwd"', b'"tt0000001"', b'"tt99999999999"',
)  # fmt: skip
_HUGE: tuple[Callable[[], bytes], ...] = (
    lambda: b"9" * 5000,
    lambda: b"-" + b"9" * 5000,
    lambda: b"0." + b"3" * 5000,
    lambda: b'"' + b"7" * 5000 + b'"',
    lambda: b"1e" + b"9" * 5000,
    lambda: b'"' + b"x" * 1_000_000 + b'"',
    lambda: b'"' + b"\\ud800" * 10_000 + b'"',
    lambda: b"[" + b"1," * 50_000 + b"1]",
    lambda: b"{" + b",".join(b'"%d":1' % number for number in range(20_000)) + b"}",
    lambda: _nested(400),
    lambda: _nested(900),
    lambda: _nested(1_100),
    lambda: b'{"a":' * 500 + b"1" + b"}" * 500,
    lambda: _nested(200_000),
    lambda: b'{"a":' * 200_000,
)
_NUMBERS = tuple(text for text in _TOKENS if text.strip(b'"').lstrip(b"-")[:1].isdigit() and b"-" not in text[2:])
# What only lenient parsers take for JSON.
_NOT_JSON = (b"NaN", b"Infinity", b"-Infinity", b"tru", b"01", b"+1", b".5", b"1.", b"'a'", b"undefined", b"0x10", b"")
_KEYS = (
    "", "id", "results", "page", "title", "parts", "raw", "body", "observed_at", "tmdb_id", "status_code",
    "success",
    "a\x00b", "\x1b[31m", "__proto__", "credits", "x" * 10_000, "é", "Response", "Error",
)  # fmt: skip


def token(dice: Dice) -> bytes:
    """A value that nobody expects."""
    kind = dice.random()
    if kind < 0.01:
        return dice.choice(_HUGE)()
    return dice.choice(_NOT_JSON if kind < 0.05 else _TOKENS)


# --- the tree -----------------------------------------------------------------------------------------------------


def spoil_shape(body: bytes, dice: Dice) -> bytes:
    """JSON of another shape, or something close to JSON; at least one value is not what it was."""
    holder = [msgspec.json.decode(body)]
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        parent, key = _somewhere(holder, dice)
        dice.choice(_CHANGES)(parent, key, dice)
    return msgspec.json.encode(holder[0])


def _somewhere(holder: list[Any], dice: Dice) -> tuple[Any, Any]:
    """A place in the tree: what holds it, and under which key."""
    parent: Any = holder
    key: Any = 0
    stops = dice.choice((0.02, 0.15))
    while True:
        value = parent[key]
        if not isinstance(value, list | dict) or not value or dice.random() < stops:
            return parent, key
        parent, key = value, dice.choice(list(value)) if isinstance(value, dict) else dice.randrange(len(value))


def _replace(parent: Any, key: Any, dice: Dice) -> None:
    """Any other value; in place of a number often one that looks like it."""
    looks_right = isinstance(parent[key], int | float) and dice.random() < 0.5
    parent[key] = msgspec.Raw(dice.choice(_NUMBERS) if looks_right else token(dice))


def _remove(parent: Any, key: Any, _dice: Dice) -> None:
    if len(parent) > 1:
        del parent[key]


def _swap(parent: Any, key: Any, dice: Dice) -> None:
    other = dice.choice(list(parent)) if isinstance(parent, dict) else dice.randrange(len(parent))
    parent[key], parent[other] = parent[other], parent[key]


def _wrap(parent: Any, key: Any, dice: Dice) -> None:
    parent[key] = [parent[key]] if dice.random() < 0.5 else {dice.choice(_KEYS): parent[key]}


def _as_text(parent: Any, key: Any, _dice: Dice) -> None:
    parent[key] = msgspec.json.encode(parent[key]).decode("utf-8", "replace")


def _add(parent: Any, key: Any, dice: Dice) -> None:
    """A key or an item that does not belong there."""
    stranger = msgspec.Raw(token(dice))
    if isinstance(parent, dict):
        parent[dice.choice(_KEYS)] = stranger
    elif isinstance(parent[key], dict):
        parent[key][dice.choice(_KEYS)] = stranger
    else:
        parent[key] = [parent[key], stranger]


def _repeat(parent: Any, key: Any, dice: Dice) -> None:
    """An item twice, or a key twice with different values."""
    if isinstance(parent, list):
        parent[key : key + 1] = [parent[key]] * dice.choice((2, 2, 50))
    if isinstance(child := parent[key], dict) and child:
        pairs = [*child.items(), (dice.choice(list(child)), msgspec.Raw(token(dice)))]
        dice.shuffle(pairs)
        text = b",".join(msgspec.json.encode(name) + b":" + msgspec.json.encode(value) for name, value in pairs)
        parent[key] = msgspec.Raw(b"{" + text + b"}")


_CHANGES = (_replace, _replace, _replace, _replace, _remove, _swap, _wrap, _as_text, _add, _repeat)


# --- the bytes ----------------------------------------------------------------------------------------------------


def _flip(body: bytearray, dice: Dice) -> None:
    for _ in range(dice.choice((1, 1, 3, 20))):
        body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)


def _cut(body: bytearray, dice: Dice) -> None:
    del body[dice.randrange(len(body)) :]


def _drop(body: bytearray, dice: Dice) -> None:
    start = dice.randrange(len(body))
    del body[start : start + dice.choice((1, 2, 100))]


def _insert(body: bytearray, dice: Dice) -> None:
    place = dice.randrange(len(body) + 1)
    body[place:place] = dice.choice(
        (dice.randbytes(dice.randrange(1, 9)), token(dice), b"\x00", b"\xc3", b"\xf4\x90\x80\x80")
    )


def _repeat_bytes(body: bytearray, dice: Dice) -> None:
    start = dice.randrange(len(body))
    body[start:start] = body[start : start + dice.choice((1, 10, 1000))]


_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "shift-jis", "utf-8-sig", "utf-7")


def _encode_otherwise(body: bytearray, dice: Dice) -> None:
    text = body.decode("utf-8", "replace")
    name = dice.choice(
        ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "shift-jis", "utf-8-sig", "utf-7")
    )
    body[:] = text.encode(name, "replace")


_FRAMES = (
    (b"\xef\xbb\xbf", b""),
    (b")]}',\n", b""),
    (b"callback(", b")"),
    (b"\n\n", b"\n"),
    (b"", b"\x00"),
    (b"", b"{}"),
)


def _frame(body: bytearray, dice: Dice) -> None:
    before, after = dice.choice(_FRAMES)
    body[:] = before + body + after


_DAMAGES = (_flip, _flip, _cut, _drop, _insert, _repeat_bytes, _encode_otherwise, _frame)


def spoil_bytes(body: bytes, dice: Dice) -> bytes:
    """The bytes, damaged in one or several ways."""
    damaged = bytearray(body)
    for _ in range(dice.choice((1, 1, 2))):
        if damaged:
            dice.choice(_DAMAGES)(damaged, dice)
    return bytes(damaged)


# --- whole answers ------------------------------------------------------------------------------------------------

#: Bodies that are nothing of what was asked for.
STRANGERS: tuple[bytes, ...] = (
    b"", b" ", b"null", b"[]", b"{}", b"0", b'""', b"\x00", b"\xff\xfe",
    b"<html><body>502 Bad Gateway</body></html>",
    b'<?xml version="1.0"?><root response="False"/>', b'{"errors":["page must be less than or equal to 500"]}',
    b'{"errors":{"page":"less"}}', b'{"success":false}',
    b'{"success":false,"status_code":34,"status_message":null}',
    b'{"status_code":1}', b'{"status_code":"34"}', b'{"status_code":null}', b'{"status_code":[]}',
    b'{"status_code":1e999}',
    b'{"status_code":7,"status_message":"\\u001b[31mno\\u202e"}', b'{"Response":"True"}', b'{"Response":"False"}',
    b'{"Response":"False","Error":"Movie not found!"}', b'{"Response":"False","Error":["a"]}', b'{"Response":true}',
    b'{"Error":"\\u001b]8;;http://evil.example\\u0007x"}', b'{"id":550}', b'{"id":"550"}', b'{"id":0}',
    b'{"id":true}',
    b'{"id":9223372036854775808}', b'{"results":[],"page":1,"total_pages":1e999,"total_results":-1}',
    b'{"results":{},"page":1,"total_pages":1,"total_results":1}',
    b'{"results":[[]],"page":1,"total_pages":1,"total_results":1}',
    b'{"results":[null],"page":1,"total_pages":1,"total_results":1}', _nested(5_000),
    b'{"id":1,"a":' + _nested(100_000) + b"}",
)  # fmt: skip

_STATUSES = (*[200] * 70, 201, 204, 304, 400, 401, 403, 404, 429, 500, 502, 522, 599)

_HEADERS: dict[str, tuple[str, ...]] = {
    "date": (
        "", "Thu, 12 Feb 2026 23:40:00 GMT", "Thu, 12 Feb 2226 23:40:00 GMT", "Mon, 01 Jan 0001 00:00:00 +1400",
        "Fri, 31 Dec 9999 23:59:59 -1400", "Mon, 99 Foo 2026", "x" * 5000, "0",
        "Thu, 12 Feb 99999999999 00:00:00 GMT",
        "Thu, 12 Feb 2026 23:40:00 +9999999999", "Thu, 12 Feb 2026 23:40:00",
    ),
    "age": ("", "0", "300", "-5", "1e9", "9" * 400, "٣", "NaN", "999999999"),
    "etag": ("", '"abc"', 'W/"abc"', '"' + "a" * 500 + '"', '"a\x7fb"', "abc", '"a"b"', '"é"'),
}  # fmt: skip


def status(dice: Dice) -> int:
    """Mostly 200."""
    return dice.choice(_STATUSES)


def headers(dice: Dice) -> dict[str, str]:
    """Headers that an answer is dated by, right and wrong."""
    return {name: dice.choice(values) for name, values in _HEADERS.items() if dice.random() < 0.3}


def spoil(body: bytes, dice: Dice) -> bytes:
    """A body spoiled in any of these ways; now and then it is left as it is."""
    kind = dice.random()
    if kind < 0.05:
        return body
    if kind < 0.10:
        return dice.choice(STRANGERS)
    if kind < 0.25:
        return spoil_bytes(body, dice)
    spoiled = spoil_shape(body, dice)
    return spoil_bytes(spoiled, dice) if kind < 0.30 else spoiled
