"""Cells that a spreadsheet takes for formulas, and others: every CSV of ayne is held to them."""

from __future__ import annotations

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫−"  # noqa: RUF001 - the wide forms are meant
BLANKS = (";", " ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\x1b", "\v", "; ", " ;", ",")
RISKY = [
    *("=HYPERLINK(0)", "+1", "-1 or so", "@SUM(1)", "\tx", "\rx", "\n=1", "'Til Death", "''", "'=1"),
    *(f"{blank}{sign}1+1" for blank in ("", *BLANKS) for sign in SIGNS),
]
HARMLESS = ["Up", "a=b", "M - a", "1917", "", " and so on", "; or else", "¡Átame!", "«=»"]


def check(written: list[str]) -> None:
    """See that these cells, read out of a CSV, are ``RISKY`` and ``HARMLESS`` made safe, and that it can be undone."""
    assert sorted(cell.removeprefix("'") for cell in written) == sorted([*RISKY, *HARMLESS])
    assert {cell[1:] for cell in written if cell.startswith("'")} == set(RISKY)
    for cell in written:
        assert not cell.lstrip("".join(BLANKS)).startswith(tuple(SIGNS))
