"""ayne keeps a complete, fresh and queryable copy of the films you care about in one DuckDB file."""

__version__ = "0.1.0"
