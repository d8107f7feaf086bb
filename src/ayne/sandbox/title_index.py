"""Find the names that contain the words of a search: all names of a catalogue, in one long line of bytes.

A million titles as Python strings would need a hundred megabytes, and an index of their words more. As one line they
need forty, and looking for a word in it takes some hundredths of a second.
"""

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

_REMEMBERED_SEARCHES = 32
_NO_WORD = re.compile(r"[\W_]+")
# Letters that stay one letter when their accents are taken off, and are typed as another; and the apostrophes.
_PLAIN = str.maketrans(
    dict(zip("łøđðþæœ\u0131'\u2019", ("l", "o", "d", "d", "th", "ae", "oe", "i", "", ""), strict=True))
)
#: From here on scripts leave no space between words.
_UNSPACED = 0x2E80


def folded(text: str) -> str:
    """Return the words of a text as they are compared: without accents, case, apostrophes and punctuation.

    >>> folded("L'Été à Łódź: Encore!")
    'lete a lodz encore'
    """
    return " ".join(filter(None, map(_folded_word, text.split())))


# Many titles share few words.
@lru_cache(1 << 15)
def _folded_word(word: str) -> str:
    if word.isascii():
        plain = word.lower().replace("'", "")
    else:
        decomposed = unicodedata.normalize("NFKD", word.casefold().translate(_PLAIN))
        plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NO_WORD.sub(" ", plain).strip()


class Matches(NamedTuple):
    """What a search has found, by the position of the names."""

    all: frozenset[int]
    exact: frozenset[int]
    """Those whose whole name was searched for."""


_NOTHING = Matches(frozenset(), frozenset())


class TitleIndex:
    """The names of many things, each of which can have several.

    Args:
        names: The names of each thing, in the order of their positions.
    """

    def __init__(self, names: Iterable[Sequence[str]]) -> None:
        line = bytearray()
        starts = array("L")
        for several in names:
            starts.append(len(line))
            line += "".join([f"\t {folded(name)} \t" for name in dict.fromkeys(several)]).encode()
        self._line = bytes(line)
        self._starts = starts
        #: Return what is called by the words of a query: by each of them, or by a word that it begins.
        self.search = lru_cache(_REMEMBERED_SEARCHES)(self._search)

    def _search(self, query: str) -> Matches:
        words = folded(query).split()
        if not words:
            return _NOTHING
        # The longest word is the rarest, as a rule.
        first, *others = (_needle(word) for word in sorted(set(words), key=len, reverse=True))
        whole = b"\t %b \t" % " ".join(words).encode()
        found, exact = [], []
        at = self._line.find(first)
        while at >= 0:
            position = bisect_right(self._starts, at) - 1
            end = self._starts[position + 1] if position + 1 < len(self._starts) else len(self._line)
            start = self._starts[position]
            if all(self._line.find(other, start, end) >= 0 for other in others):
                found.append(position)
                if self._line.find(whole, start, end) >= 0:
                    exact.append(position)
            at = self._line.find(first, end)
        return Matches(frozenset(found), frozenset(exact))


def _needle(word: str) -> bytes:
    """Return what begins a word in the line; a script without spaces has no beginnings."""
    return word.encode() if ord(word[0]) >= _UNSPACED else b" " + word.encode()
