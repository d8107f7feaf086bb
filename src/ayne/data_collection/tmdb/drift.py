"""Notice that a server's pages shift: they repeat films, so they miss others."""

# Pure: values in, values out.

from __future__ import annotations

# A server is drifting when this share of its rows are repeats, judged after so many rows. A film that is added while a
# long list is read makes one repeat; that is no drift.
_DRIFT = 0.003
_ENOUGH_ROWS = 200


class Drift:
    """Counts the rows of lists, and how many of them the same list had shown before.

    Args:
        rows, repeats: what an earlier part of the discovery saw.

    Example:
        >>> drift = Drift()
        >>> drift.note(rows=200, repeats=3)
        >>> drift.is_noticed
        True
    """

    def __init__(self, rows: int = 0, repeats: int = 0) -> None:
        self._rows = self._repeats = 0
        self.is_noticed = False
        self.note(rows, repeats)

    def note(self, rows: int, repeats: int) -> None:
        """Count a page. Drift that was noticed once stays noticed: short lists repeat little."""
        self._rows += rows
        self._repeats += repeats
        self.is_noticed |= self._rows >= _ENOUGH_ROWS and self._repeats >= _DRIFT * self._rows
