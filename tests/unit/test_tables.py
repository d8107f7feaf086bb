"""Rows on a terminal, of values alone: what is shown where there is no room for all."""

from __future__ import annotations

import io
import re
import sys

import pytest
from rich.cells import cell_len

from ayne.cli.prompt import is_complete
from ayne.cli.sql import Form, pointing, print_answer
from ayne.cli.tables import fit
from ayne.database.file import Rows


class Terminal(io.StringIO):
    """A stdout that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(
    monkeypatch: pytest.MonkeyPatch, found: Rows, width: int, form: Form = "table", *, whole: bool = False
) -> list[str]:
    """The lines of an answer on a terminal of that width, with what is said beside it at the end."""
    out, err = Terminal(), io.StringIO()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    print_answer(found, form, whole=whole)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue() + err.getvalue()).splitlines()


def wide(rows: int, columns: int = 37) -> Rows:
    names = ["tmdb_id", "title", *(f"column_{number}" for number in range(columns - 2))]
    return Rows(names, [(row, "少女列車秘密 " * 9, *range(columns - 2)) for row in range(rows)])


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_line_of_a_table_is_wider_than_the_terminal_whatever_letters_it_has(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    *table, said = shown(monkeypatch, wide(3), width)
    assert max(map(cell_len, table)) <= width
    assert table[0].split()[:2] == ["tmdb_id", "title"][: len(table[0].split())]
    assert said.startswith("37 columns, ")


def test_an_answer_that_is_too_wide_has_fewer_columns_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    *table, said = shown(monkeypatch, wide(3), 80)
    assert table[0].split() == [*wide(3).columns[:7]]
    assert said == "37 columns, 7 shown; --all shows all"


def test_an_answer_of_one_wide_row_is_a_record_of_all_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(monkeypatch, wide(1), 80)
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert names == wide(1).columns


def test_an_answer_that_is_too_long_has_forty_rows_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    many = Rows(["n"], [(n,) for n in range(929)])
    lines = shown(monkeypatch, many, 80)
    assert [int(line) for line in lines[2:-1]] == list(range(40))
    assert lines[-1] == "929 rows, 40 shown; --all shows all"
    assert len(shown(monkeypatch, many, 80, whole=True)) == 2 + 929


def test_all_of_a_wide_answer_is_every_value_of_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(monkeypatch, wide(50), 80, whole=True)
    assert sum(line.lstrip().startswith("column_34 ") for line in lines) == 50
    assert "shown" not in lines[-1]


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_programs_get_all_of_it(monkeypatch: pytest.MonkeyPatch, form: Form) -> None:
    out = io.StringIO()
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys, "stdout", out)
    print_answer(wide(100), form)
    assert out.getvalue().count("少女列車秘密 " * 8) == 100
    assert out.getvalue().count("column_34") >= 1


def test_a_text_is_cut_and_a_number_never() -> None:
    assert fit([7, 300, 12], 40) == {0: 7, 1: 17, 2: 12}
    assert fit([12] * 10, 40) == {0: 12, 1: 12, 2: 12}
    assert fit([300], 40) == {0: 40}
    assert fit([5, 5], 40) == {0: 5, 1: 5}


@pytest.mark.parametrize("room", [30, 40, 60, 200])
@pytest.mark.parametrize(
    "before", ["", "x, " * 40, "'少女列車秘密' AS ü, ", "'少女列車秘密', " * 9, "\t\t", "'e\u0301e\u0301', "]
)
def test_the_marks_below_a_query_stand_where_they_point_at_any_width(before: str, room: int) -> None:
    line = f"LINE 12: SELECT {before}titel, {'y, ' * 30} FROM films"
    at = cell_len(line.replace("\t", "").partition("titel")[0])
    cut, marks = pointing(["Candidates: title", line, " " * at + "^^^^^"], room)[1:]
    assert cell_len(cut) <= room
    before_it, found, _ = cut.partition("titel")
    assert found
    assert marks == " " * cell_len(before_it) + "^^^^^"


def test_what_is_no_mark_is_left_as_it_came() -> None:
    for lines in ([], ["no line"], ["LINE 1: x", "and more"], ["LINE one", "^"]):
        assert pointing(lines, 20) == lines


@pytest.mark.parametrize("text", ["SELECT 1", "FROM films;", r"\d films", "SELEC title FROM films", "SELECT (\n", ""])
def test_enter_runs_what_is_whole_or_wrong_beyond_mending(text: str) -> None:
    assert is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT *\nFROM",
        "SELECT '少女",
        "SELECT 少女 'x",
        'SELECT "x',
        "SELECT /* x",
        "SELECT (",
        "SELECT title,",
        "FROM films WHERE",
    ],
)
def test_enter_begins_another_line_where_a_query_goes_on(text: str) -> None:
    assert not is_complete(text)
