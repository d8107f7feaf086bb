"""The DuckDB file that holds the films."""
