"""TMDB's limits: how much it answers at a time, and how long its answers may be kept."""

# Pure: values in, values out.

from __future__ import annotations

from datetime import timedelta

# The size of a page of any list; it cannot be changed.
ROWS_PER_PAGE = 20

# Page 501 of any list is refused: https://developer.themoviedb.org/docs/errors, code 22.
PAGE_LIMIT = 500
ROW_LIMIT = PAGE_LIMIT * ROWS_PER_PAGE

# More in ``append_to_response`` are refused: https://developer.themoviedb.org/docs/append-to-response, code 27.
MOST_APPENDED = 20

# The days that one question to a change feed may span, both ends included; more are refused with code 20.
LONGEST_WINDOW = timedelta(days=14)

# The terms of use, section 1.C: no copy "for longer than 6 months". The shortest six months have 181 days; it is the
# 180th on which a copy is removed, so it is renewed a day before.
LONGEST_ALLOWED = timedelta(days=179)
