"""The page: facts and figures in, HTML out.

What comes out of a database reaches the page as text that :mod:`~ayne.report.markup` escapes, or as JSON in which no
tag can end. The page may fetch nothing, and runs no script but the two whose hashes its own policy names.
"""

# Pure: values in, values out.

from __future__ import annotations

import base64
import gzip
import hashlib
import html
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ayne.report import sections
from ayne.report.drawing import Chart
from ayne.report.facts import Facts
from ayne.report.markup import counted, moment, short, span

_PLACES = {
    "coverage": "Completeness",
    "content": "Films",
    "upkeep": "Freshness",
    "runs": "Runs",
    "table": "Find a film",
}

_ASIDE = {
    "gone": "films that TMDB no longer has",
    "merged": "that are merged into another",
    "failed": "films whose details could not be had yet",
    "undated": "of the films without a release date",
}


def render(
    facts: Facts, charts: Mapping[str, Chart], *, attribution: str, style: str, script: str, library: str
) -> str:
    """The whole page.

    Args:
        facts: what it shows.
        charts: the charts, by name.
        attribution: the sentence that TMDB asks for.
        style: its style sheet.
        script: its script.
        library: the one that draws; it is carried compressed, and the script unpacks it.
    """
    drawn = {
        name: {**chart.figure, "languages": chart.languages}
        for name, chart in charts.items()
        if chart.figure is not None
    }
    title = f"Films in {html.escape(facts.database)}"
    pieces = [
        *_head(title, style, _policy(script, library)),
        *_header(facts, title),
        "<main>",
        *sections.completeness(facts, charts),
        *sections.content(facts, charts),
        *sections.freshness(facts, charts),
        *sections.runs(facts, charts),
        *sections.films(facts),
        "</main>",
        *_footer(facts, attribution),
        _json("chart-data", drawn),
        _json("film-data", sections.film_data(facts)),
        f'<script id="library" type="text/plain">{_packed(library)}</script>',
        f"<script>{script}</script>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(pieces)


def _policy(*scripts: str) -> str:
    """Nothing is fetched, and nothing runs but these scripts. plotly writes rules of style, and saves pictures."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _packed(library: str) -> str:
    return base64.b64encode(gzip.compress(library.encode(), 9, mtime=0)).decode()


def _json(name: str, value: Any) -> str:
    """Data for the script. A text with ``</script>`` in it, or ``<!--``, must not end or change the element."""
    text = msgspec.json.encode(value).decode().replace("<", "\\u003c")
    return f'<script id="{name}" type="application/json">{text}</script>'


def _head(title: str, style: str, policy: str) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">'
    yield f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>"


def _header(facts: Facts, title: str) -> Iterator[str]:
    told = facts.overview
    sources = ["TMDB" if server == "TMDB" else f"{server}, which is not TMDB" for server in facts.servers]
    source = f", collected from {html.escape('; '.join(sources))}" if sources else ""
    yield f"<header><h1>{title}</h1>"
    yield f'<p class="soft">As of {moment(facts.made_at)} UTC{source}. By ayne {html.escape(facts.version)}.</p>'
    links = [f'<a href="#{place}">{words}</a>' for place, words in _PLACES.items()]
    yield f"<nav>{''.join(links)}</nav>"
    cards = [
        (f"{told['films']:,}", "films"),
        (f"{told['with_details']:,}", "with details"),
        (span(told["first_year"], told["last_year"]), "years of release"),
        (short(told["votes"]), "votes"),
        *((f"{held:,}", plural) for plural, held in facts.others.items()),
        (f"{facts.run_totals['requests']:,}", f"requests in {counted(facts.run_totals['runs'], 'run')}"),
    ]
    yield '<div class="cards">'
    yield from (f'<div class="card"><b>{number}</b><span>{words}</span></div>' for number, words in cards)
    yield "</div>"
    aside = [f"{told[name]:,} {words}" for name, words in _ASIDE.items() if told[name]]
    yield f'<p class="soft">{", ".join(aside)}.</p></header>' if aside else "</header>"


def _footer(facts: Facts, attribution: str) -> Iterator[str]:
    credit = f" {sections.JUSTWATCH}" if sections.has_providers(facts) else ""
    yield f"<footer><p>{html.escape(attribution)}{credit}</p>"
    yield "<p>Money is in US dollars, as people entered it. Times are UTC.</p></footer>"
