"""How much there is of the code, room by room: ``python -m benchmarks.shape [FOLDER]``.

A folder below ``src/ayne`` is a room. Lines are those of the Python files, as ``wc`` counts them; of a function they
are those from ``def`` to its end. Run in two checkouts, it shows what a change did to the whole.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from itertools import chain
from pathlib import Path
from statistics import median, quantiles

import click

SOURCE = Path("src/ayne")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(tree: ast.Module) -> dict[str, int]:
    """How many lines each function of a module has."""
    found = (node for node in ast.walk(tree) if isinstance(node, Function))
    return {f"{node.name}:{node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1 for node in found}


def public_names(tree: ast.Module) -> int:
    """How many functions, classes and methods of a module others may use."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    nodes = chain(tree.body, *(node.body for node in classes))
    return sum(isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_") for node in nodes)


def main(folder: Path) -> None:
    """Print the table."""
    rooms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    lengths: dict[str, int] = {}
    files: dict[str, int] = {}
    for path in sorted((folder / SOURCE).rglob("*.py")):
        name = path.relative_to(folder / SOURCE)
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        room = rooms[str(name.parent) if name.parent.parts else "itself"]
        room["files"] += 1
        room["lines"] += text.count("\n")
        room["public"] += public_names(tree)
        if "sandbox" not in name.parts:
            files[str(name)] = text.count("\n")
            lengths |= {f"{name}:{function}": lines for function, lines in functions_of(tree).items()}
    click.echo(f"{'room':<28}{'files':>6}{'lines':>8}{'public names':>14}")
    for place, room in sorted(rooms.items()):
        click.echo(f"{place:<28}{room['files']:>6}{room['lines']:>8,}{room['public']:>14}")
    counted = sum((room for name, room in rooms.items() if "sandbox" not in name), Counter[str]())
    click.echo(f"{'all without the sandbox':<28}{counted['files']:>6}{counted['lines']:>8,}{counted['public']:>14}")
    statements = sum(path.read_text("utf-8").count("\n") for path in (folder / SOURCE).rglob("*.sql"))
    click.echo(f"SQL: {statements:,} lines")
    click.echo(
        "longest files: " + ", ".join(f"{name} {files[name]}" for name in sorted(files, key=files.__getitem__)[:-4:-1])
    )
    longest = sorted(lengths, key=lengths.__getitem__)[:-4:-1]
    click.echo("longest functions: " + ", ".join(f"{name} {lengths[name]}" for name in longest))
    click.echo(
        f"a function has {median(lengths.values()):g} lines (median), {quantiles(lengths.values(), n=10)[-1]:g} (P90)"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path())
