"""The page: facts and figures in, HTML out.

What comes out of a database reaches the page as text that :mod:`~ayne.report.markup` escapes, or as JSON in which no
tag can end, or packed. The page may fetch nothing, and runs no script but the one whose hash its own policy names.
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

from ayne.report import carried, films, sections
from ayne.report.charts import Chart
from ayne.report.facts import Facts
from ayne.report.markup import counted, moment, short, span

_PLACES = {
    "groups": "Who and what",
    "charts": "Charts",
    "table": "All of them",
    "coverage": "Completeness",
    "upkeep": "Freshness",
    "runs": "Runs",
}

_ASIDE = {
    "gone": "films that TMDB no longer has",
    "merged": "that are merged into another",
    "failed": "films whose details could not be fetched yet",
    "undated": "of the films without a release date",
}

# Where TMDB keeps pictures; a page fetches one there only when it was written with posters, and a card is opened.
_PICTURES = "https://image.tmdb.org"


def render(
    facts: Facts, charts: Mapping[str, Chart], *, attribution: str, style: str, script: str, posters: bool = False
) -> str:
    """The whole page.

    Args:
        facts: what it shows.
        charts: the charts that no filter changes, by name.
        attribution: the sentence that TMDB asks for.
        style: its style sheet.
        script: its script.
        posters: whether a card that is opened may fetch its poster from TMDB.
    """
    drawn = {name: chart for name, chart in charts.items() if chart.is_worth_drawing}
    title = f"Films in {html.escape(facts.database)}"
    pieces = [
        *_head(title, style, _policy(script, posters=posters)),
        *_header(facts, title),
        "<main>",
        *films.filters(facts),
        *films.said_scopes(facts),
        *films.places(facts),
        *sections.completeness(facts, charts),
        *sections.freshness(facts, charts),
        *sections.runs(facts, charts),
        "</main>",
        *_footer(facts, attribution),
        films.card(),
        _json("chart-data", drawn),
        _packed("title-data", carried.data(facts, posters=posters)),
        _packed("text-data", carried.texts(facts)),
        f"<script>{script}</script>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(pieces)


def _policy(script: str, *, posters: bool) -> str:
    """Nothing is fetched, and nothing runs but this script."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        f"img-src data:{' ' + _PICTURES if posters else ''}; base-uri 'none'; form-action 'none'"
    )


def _packed(name: str, value: Any) -> str:
    """Data for the script, a third as large; its letters are none that a tag is made of."""
    packed = base64.b64encode(gzip.compress(msgspec.json.encode(value), 6, mtime=0)).decode()
    return f'<script id="{name}" type="text/plain">{packed}</script>'


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
    sources = ["TMDB" if server == "TMDB" else f"{server}, which is not TMDB" for server in facts.servers]
    source = f", collected from {html.escape('; '.join(sources))}" if sources else ""
    yield f"<header><h1>{title}</h1>"
    yield f'<p class="soft">As of {moment(facts.made_at)} UTC{source}. By ayne {html.escape(facts.version)}.</p>'
    links = [f'<a href="#{place}">{words}</a>' for place, words in _PLACES.items()]
    first = facts.kinds[0].summary
    votes, runs = sum(told.summary["votes"] for told in facts.kinds), facts.run_totals
    numbers = [
        *((f"{each.summary['titles']:,}", each.plural) for each in facts.kinds),
        *((f"{held:,}", plural) for plural, held in facts.others.items()),
        *([(span(first["first_year"], first["last_year"]), "years of release")] if first["first_year"] else []),
        (short(votes), "votes"),
        (f"{runs['requests']:,}", f"requests in {counted(runs['runs'], 'run')}"),
    ]
    yield f'<p class="numbers">{" ".join(f"<span><b>{number}</b> {words}</span>" for number, words in numbers)}</p>'
    yield f'<nav aria-label="Sections">{"".join(links)}</nav>'
    told = facts.overview
    aside = [f"{told[name]:,} {words}" for name, words in _ASIDE.items() if told[name]]
    yield f'<p class="soft">{", ".join(aside)}.</p></header>' if aside else "</header>"


def _footer(facts: Facts, attribution: str) -> Iterator[str]:
    credit = f" {sections.JUSTWATCH}" if sections.has_providers(facts) else ""
    yield f"<footer><p>{html.escape(attribution)}{credit}</p>"
    yield "<p>Money is in US dollars, as people entered it. Times are UTC.</p></footer>"
