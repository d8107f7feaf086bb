"""Nothing that a server sends can move a terminal, whichever way it is printed."""

import ast
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ayne.cli
from ayne.cli.sanitize import sanitize, sanitize_json, sanitize_lines
from ayne.cli.tables import as_json, print_csv, print_table

# An escape, the eight-bit CSI, the window's title, a carriage return, an override of direction.
EVIL = "\x1b[2JUp\x9b31m \x1b]0;owned\x07\r[bold]A\u202eyaw\u2066"


def moves_a_terminal(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} or unicodedata.bidirectional(letter) in {
        *("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    }


@given(st.text(st.characters(exclude_categories=[])))
def test_no_text_moves_a_terminal(text: str) -> None:
    assert not [letter for letter in sanitize(text) if moves_a_terminal(letter)]
    assert {letter for letter in sanitize_lines(text) if moves_a_terminal(letter)} <= {"\n", "\t"}


@given(st.dictionaries(st.text(), st.text()))
def test_json_says_the_same_and_moves_no_terminal(values: dict[str, str]) -> None:
    document = sanitize_json(as_json(values))
    assert json.loads(document) == values
    assert {letter for letter in document if moves_a_terminal(letter)} <= {"\n"}


@pytest.mark.parametrize("text", ["Amélie", "می\u200cرویم", "👩\u200d🚀", "千と千尋の神隠し", "[bold]"])
def test_what_is_only_text_stays(text: str) -> None:
    assert sanitize(text) == sanitize_lines(text) == text


def test_a_table_shows_markup_and_escapes_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["[red]title", EVIL], [[EVIL, 1]])
    shown = capsys.readouterr().out
    assert "[red]title" in shown
    assert "[bold]A" in shown
    assert {letter for letter in shown if moves_a_terminal(letter)} == {"\n"}


def test_csv_keeps_the_lines_of_a_text_and_nothing_that_moves(capsys: pytest.CaptureFixture[str]) -> None:
    print_csv(["a", EVIL], [["two\nlines", EVIL]])
    head, _, rows = capsys.readouterr().out.partition("\n")
    assert head.startswith("a,")
    assert rows.startswith('"two') or '"two\nlines",' in rows
    shown = head + rows
    assert {letter for letter in shown if moves_a_terminal(letter)} <= {"\n"}


def test_there_is_one_way_to_a_terminal() -> None:
    folder = Path(ayne.cli.__file__).parent
    printing = {
        file.name
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"click.echo", "click.secho", "print"}
    }
    # A sandbox prints nothing but its own addresses.
    assert printing <= {"terminal.py", "sandbox.py"}
