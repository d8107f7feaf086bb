"""What a spreadsheet would take for a formula: the one rule of the CSV of command and report."""

# Pure: values in, values out.

from __future__ import annotations

# A sign, its wide and its small form.
_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫−"  # noqa: RUF001 - the wide forms are meant

RISKY = rf"^(?:'|[\p{{Cc}}\p{{Zl}}\p{{Zp}}]|[\p{{Z}}\p{{Cc}}\p{{Cf}};,]*[{_SIGNS}])"
"""What a cell must not begin with: a sign, be it behind blanks, invisible characters or a separator, at which some
spreadsheets begin another cell. An apostrophe is what such cells get in front, so those that have one get another, and
it can be undone. The pattern is for DuckDB and, with the flag ``u``, for a browser; Python has no such classes.
"""
