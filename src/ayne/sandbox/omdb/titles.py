"""Finding films by the words of their titles, as OMDb does."""

import re
from array import array
from collections import defaultdict

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query

_WORD = re.compile(r"\w+")
# Adult films are not in OMDb's lists.
_EVERYTHING = Query.parse({"include_video": "true", "sort_by": "vote_count.desc"})


class TitleIndex:
    """The titles of a catalogue, word by word. Making it reads every title once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._ids: array[int] = array("i")
        self._years: array[int] = array("h")
        self._films: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))
        self._exact: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))
        for position in catalogue.discover(_EVERYTHING):
            row = catalogue.summary(position)
            words = _words(row["title"])
            for word in dict.fromkeys(words):
                self._films[word].append(len(self._ids))
            self._exact[" ".join(words)].append(len(self._ids))
            self._ids.append(row["id"])
            self._years.append(int((row["release_date"] or "0")[:4]))

    def find(self, text: str, year: int | None = None) -> list[int]:
        """Return the ids of the films whose titles hold all these words, titles of just these words first.

        Within both groups, the film with the most votes comes first.

        Args:
            text: The words.
            year: Leave films out that TMDB dates to other years than this and the next. None: leave out none.
        """
        words = _words(text)
        if not words:
            return []
        named = dict.fromkeys(self._exact.get(" ".join(words), ()))
        rarest, *others = sorted((self._films.get(word, array("i")) for word in words), key=len)
        more = [set(films) for films in others]
        found = named | dict.fromkeys(film for film in rarest if all(film in films for films in more))
        return [self._ids[film] for film in found if year is None or 0 <= self._years[film] - year <= 1]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
