"""ayne keeps a complete, fresh and queryable copy of the films you care about in one DuckDB file."""

import logging

# As a library ayne says nothing of its own accord: what becomes of its log is the host application's business.
logging.getLogger("ayne").addHandler(logging.NullHandler())

__version__ = "0.1.0"
