"""Format the help of commands with many options: the important ones first, then the others by topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

# What an option is about, by its name; each stands in one of them, and what stands in none comes last.
_GROUPS = {
    "Which films, series or people": (
        *("--kind", "--ids", "--id-column", "--from", "--to", "--min-votes", "--billed", "--jobs", "--all"),
        *("--genres", "--without-genres", "--country", "--original-language"),
        *("--min-runtime", "--max-runtime", "--min-average", "--region", "--filter"),
        *("--include-adult", "--include-video", "--max-pages", "--source", "--min-popularity", "--add-changed"),
    ),
    "What to fetch of each": (
        *("--parts", "--language", "--include-image-language", "--include-video-language", "--no-raw", "--output-dir"),
        *("--names", "--details"),
    ),
    "How much, and how fresh": (
        *("--limit", "--refresh-limit", "--policy", "--sync", "--plan", "--max-requests", "--max-minutes"),
        *("--yes", "--ahead", "--target", "--no-changes", "--now"),
    ),
    "Ratings": ("--no-ratings", "--ratings", "--episodes", "--quota", "--omdb-url", "--imdb-url"),
    "Daily exports": ("--no-exports", "--popularity-history"),
    "From where, and how fast": (
        *("--tmdb-url", "--exports-url", "--rate", "--max-concurrent", "--allowance", "--dask"),
        *("--sandbox", "--sandbox-movies", "--sandbox-series", "--sandbox-seed"),
    ),
    "Files and output": ("--db", "--json", "--quiet", "--verbose", "--log-file", "--help"),
}
_GROUP_OF = {option: group for group, names in _GROUPS.items() for option in names}
_MATTER = "Main options"
_OTHERS = "Others"


class Grouped(click.Command):
    """A command whose help shows its options in groups.

    Args:
        first: the options that matter, in their order.
        settings: what any command takes.
    """

    def __init__(self, *settings: Any, first: Sequence[str], **more: Any) -> None:
        super().__init__(*settings, **more)
        self._first = tuple(first)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, each in the one group that it belongs to."""
        groups: dict[str, list[tuple[str, str]]] = {name: [] for name in (_MATTER, *_GROUPS, _OTHERS)}
        order = [*self._first, *(name for name in _GROUP_OF if name not in self._first)]
        places = {name: place for place, name in enumerate(order)}
        params = sorted(self.get_params(ctx), key=lambda param: places.get(_name(param), len(places)))
        for param in params:
            if record := param.get_help_record(ctx):
                name = _name(param)
                groups[_MATTER if name in self._first else _GROUP_OF.get(name, _OTHERS)].append(record)
        for name, records in groups.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)


def _name(param: click.Parameter) -> str:
    """Return an option as the help shows it."""
    return max(param.opts, key=len)
