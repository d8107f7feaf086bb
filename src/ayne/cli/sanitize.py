"""Make text from elsewhere fit to be printed: nothing in it can control the terminal.

Titles, overviews and error messages come from servers, and a terminal obeys what is written to it: an escape sequence
in a title may clear the screen, set the window's name or hide a line, and a bidirectional override may turn the rest
of a line around. All that ayne's commands print of such texts goes through here.
"""

from __future__ import annotations

import re

_BIDI = "\u202a-\u202e\u2066-\u2069"
_LINE_ENDS = "\u0085\u2028\u2029"

# Blanks of any kind; a table's row is one line.
_BLANKS = re.compile(f"[\\t\\n\\v\\f\\r\\x1c-\\x1f\u00a0{_LINE_ENDS}]+")
# C0 and C1 (an escape is one, and so is the eight-bit CSI), overrides of direction, halves of characters.
_ORDERS = re.compile(f"[\\x00-\\x1f\\x7f-\\x9f{_LINE_ENDS}{_BIDI}\ud800-\udfff]")
_ORDERS_BUT_LINES = re.compile(f"[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f{_LINE_ENDS}{_BIDI}\ud800-\udfff]")

REPLACEMENT = "\ufffd"


def sanitize(text: str) -> str:
    """Return the text in one line: blanks of any kind become a space, control characters a replacement character.

    What joins letters or keeps them apart in Persian, Hindi or an emoji stays.

    What joins letters or keeps them apart in Persian, Hindi or an emoji stays.

    >>> sanitize("Up\\x1b[2J & \\x9bAway\\u202e"), sanitize("two\\r\\nlines")
    ('Up�[2J & �Away�', 'two lines')
    """
    return text if text.isprintable() else _ORDERS.sub(REPLACEMENT, _BLANKS.sub(" ", text))


def sanitize_lines(text: str) -> str:
    """Do the same, but keep lines and tabs: for CSV, where they are data between quotes.

    >>> sanitize_lines("two\\nlines\\x1b[2J")
    'two\\nlines�[2J'
    """
    if text.isprintable():
        return text
    # A carriage return alone would write over the line, and is quoted by no writer of CSV.
    return _ORDERS_BUT_LINES.sub(REPLACEMENT, text.replace("\r\n", "\n").replace("\r", "\n"))


def sanitize_json(document: str) -> str:
    """Escape the control characters of a JSON document; its values stay the same.

    >>> sanitize_json('{"title": "Up\\u202e"}')
    '{"title": "Up\\\\u202e"}'
    """
    return _ORDERS_BUT_LINES.sub(lambda found: f"\\u{ord(found[0]):04x}", document)
