"""Decide which pages of single lists to request: the planned ones, and one more where a list has grown."""

# Pure: values in, values out.

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from ayne.data_collection.tmdb.coverage import PageRequest, Range


class SingleLists:
    """The pages of some ranges that are no discovery: none is proven, and none is split.

    Args:
        wanted: the ranges, in the order in which to ask for them, and how many pages of each.

    Example:
        >>> from datetime import date
        >>> lists = SingleLists([(Range(date(2024, 1, 1), date(2024, 1, 9)), 1)])
        >>> first = lists.take()
        >>> lists.record(first, total_pages=7)
        >>> lists.take().page, lists.take()
        (2, None)
    """

    def __init__(self, wanted: Iterable[tuple[Range, int]]) -> None:
        self._pages: dict[Range, int] = {}
        self._todo: deque[PageRequest] = deque()
        self._again: set[PageRequest] = set()
        for item, pages in wanted:
            self._pages[item] = pages
            self._todo.extend(PageRequest(item, page) for page in range(1, pages + 1))

    def take(self) -> PageRequest | None:
        """Return the next page to ask for, None when there is none."""
        return self._todo.popleft() if self._todo else None

    def put_back(self, request: PageRequest) -> bool:
        """Retry a page once; return whether it will be retried."""
        if request in self._again:
            return False
        self._again.add(request)
        self._todo.append(request)
        return True

    def record(self, request: PageRequest, total_pages: int) -> None:
        """Take note of how many pages a list has."""
        wanted = self._pages[request.range]
        if request.page == wanted < total_pages:
            # Films that were not known, or that came here from another class of votes.
            self._todo.appendleft(PageRequest(request.range, wanted + 1))
