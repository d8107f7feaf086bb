"""The code blocks of the documents: where they stand, what they are, and whether they can run.

``python -m tests.documents`` counts them. A block that cannot run has the reason right above it::

    <!-- not run: it needs root -->
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Made by a script from what is tested elsewhere.
GENERATED = frozenset({"commands.md", "tables.md"})

# How each language is tried; a block in another one is an error.
RUN = {
    "sh": "run by a shell, in the page's folder",
    "console": "run by a shell, its output compared",
    "python": "run as a program, or by pytest if it holds tests",
    "pycon": "run as one doctest a page",
    "sql": "run on the page's database",
    "toml": "read as settings",
    "ini": "read as units of systemd, their commands parsed",
    "crontab": "its commands parsed",
    "text": "no code: a picture in letters",
}

_BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+) -->\n\n?)?```(?P<language>[^\n]*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code."""

    page: Path
    line: int
    language: str
    code: str
    reason: str | None
    """Why it is not run, if it is not."""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """The documents with code: the README and the site."""
    site = (page for page in sorted((ROOT / "docs").rglob("*.md")) if "_site" not in page.parts)
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(page for page in site if page.name not in GENERATED)]


def blocks(page: Path) -> list[Block]:
    """A page's blocks, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, found.start("language")) + 1, *found.group("language", "code", "reason"))
        for found in _BLOCK.finditer(text)
        if not found["language"].startswith("{")
    ]


def steps(console: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output that is shown for it.

    Example:
        >>> list(steps("$ echo a; echo b\\na\\nb\\n$ true\\n"))
        [('echo a; echo b', 'a\\nb\\n'), ('true', '')]
    """
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def matches(shown: str, printed: str) -> bool:
    """Whether output is as shown; ``…`` stands for anything, blank lines and spaces at the ends of lines for nothing.

    Example:
        >>> matches("337 films in … s\\n", "337 films in 5 s  \\n\\n")
        True
        >>> matches("337 films\\n", "336 films\\n")
        False
    """

    def tidy(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())

    pattern = ".*".join(re.escape(part) for part in tidy(shown).split("…"))
    return re.fullmatch(pattern, tidy(printed), flags=re.DOTALL) is not None


def count() -> str:
    """How many blocks there are, how each language is tried, and what is not run."""
    every = [block for page in pages() for block in blocks(page)]
    run = Counter(block.language for block in every if not block.reason)
    left = [block for block in every if block.reason]
    told = [f"{len(every)} blocks of code in {len(pages())} documents: {run.total()} run, {len(left)} do not"]
    told += [f"  {number:>3} {language:<8} {RUN.get(language, '?')}" for language, number in run.most_common()]
    return "\n".join([*told, *(f"  not run: {block}: {block.reason}" for block in left)])


if __name__ == "__main__":
    print(count())  # noqa: T201 - what it is for
