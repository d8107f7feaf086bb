"""How the value of a filter of a list is checked before it is sent.

A check returns the value as TMDB takes it. It raises ``ValueError`` with what the value should have been, in words that
go on after "is not".
"""

# Pure: values in, values out.

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches

Check = Callable[[str], str]


def number(low: float, high: float) -> Check:
    """Take a number within these bounds."""

    def check(text: str) -> str:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return f"{value:g}"

    return check


def listed(item: Check) -> Check:
    """Take several values: a comma means that all must hold, a bar that any may."""

    def check(text: str) -> str:
        tokens = re.split(r"([,|])", text)
        return "".join(token if token in {",", "|"} else item(token.strip()) for token in tokens)

    return check


def an_id(text: str) -> str:
    """Take an id of TMDB's."""
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        raise ValueError("a list of TMDB ids, separated by a comma (all of them) or a bar (any of them)")
    return text


def one_id(text: str) -> str:
    """Take one id of TMDB's, where it takes no list."""
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        raise ValueError("one TMDB id; a list is not possible here")
    return text


def one_named(ids: Mapping[str, int], also_called: Mapping[str, str], what: str) -> Check:
    """Take an id of TMDB's, or the name of a thing that has one."""

    def check(text: str) -> str:
        if re.fullmatch(r"0|[1-9][0-9]{0,9}", text):
            if int(text) in ids.values():
                return text
            raise ValueError(f"a list of {what}s; there is none with the id {text}")
        name = text.lower()
        name = also_called.get(name, name)
        if name in ids:
            return str(ids[name])
        near = get_close_matches(name, ids, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(ids)}."
        raise ValueError(f"a list of {what}s: {hint}")

    return check


def language(text: str) -> str:
    """Take a language, like ``en``."""
    if not re.fullmatch(r"[a-z]{2}", text):
        near = f", like {text[:2].lower()!r}" if re.fullmatch(r"[A-Za-z]{2}([-_][A-Za-z]{2,4})?", text) else ""
        raise ValueError(f"an ISO 639-1 code of two small letters{near}")
    return text


def country(text: str) -> str:
    """Take a country, like ``US``."""
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise ValueError("an ISO 3166-1 code of two letters, like 'US'")
    return text.upper()


def day(text: str) -> str:
    """Take a day, like ``2024-02-29``."""
    try:
        read = date.fromisoformat(text).isoformat()
    except ValueError:
        read = ""
    if read != text:
        raise ValueError("a day like '2024-02-29'")
    return text


def one_of(*values: str) -> Check:
    """Take one of these."""

    def check(text: str) -> str:
        if text not in values:
            raise ValueError(f"one or more of {', '.join(values)}")
        return text

    return check


def timezone(text: str) -> str:
    """Take a time zone, like ``America/New_York``."""
    if not re.fullmatch(r"[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_+-]+)*", text):
        raise ValueError("a time zone like 'America/New_York'")
    return text


def any_text(text: str) -> str:
    """Take anything."""
    return text
