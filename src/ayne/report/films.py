"""The places of the page that the script fills: filters, lists, groups, charts, the table and the card."""

# Pure: values in, values out.

from __future__ import annotations

import html
from collections.abc import Iterator

from ayne.report.facts import Facts, Row, Titles
from ayne.report.markup import folded

# id, title, what it says
_FIGURES = (
    ("years_chart", "Released, year by year"),
    ("ratings_chart", "Ratings"),
    ("averages_chart", "TMDB's averages over the years"),
    ("money_chart", "Budget and revenue"),
    ("apart_chart", "Ratings side by side: critics against voters"),
)

_RANKS = {
    "titles": "Number",
    "rating": "Rating",
    "votes": "Votes",
    "revenue": "Revenue",
    "returned": "Return on budget",
}


def filters(facts: Facts) -> Iterator[str]:
    """What can be asked for."""
    if len(facts.kinds) > 1:
        pressed = ' aria-pressed="true"'
        yield '<div class="choice" role="group" aria-label="Kind">'
        for place, told in enumerate(facts.kinds):
            yield (
                f'<button type="button" data-kind="{told.kind}"{"" if place else pressed}>'
                f"{told.plural.capitalize()} <small>{told.summary['titles']:,}</small></button>"
            )
        yield "</div>"
    yield '<search class="filters" id="filters" aria-label="Filters"><div class="line">'
    yield (
        '<label class="wide"><span>Find</span><input id="text" type="search" autocomplete="off" spellcheck="false" '
        'placeholder="Title, person, genre, year …"></label>'
        '<button type="button" id="more" aria-expanded="true" aria-controls="fields">Filters</button></div>'
        '<div class="line" id="fields">'
    )
    for name, label in (("from", "From year"), ("to", "To year")):
        yield (
            f'<label><span>{label}</span><input id="{name}" type="number" inputmode="numeric" min="1800" max="2200">'
            "</label>"
        )
    for name, label in (("genre", "Genre"), ("country", "Country"), ("language", "Language")):
        yield f'<label><span>{label}</span><select id="{name}"><option value="">all</option></select></label>'
    yield (
        '<label><span>Votes, at least</span><input id="votes" type="number" inputmode="numeric" min="0" step="10">'
        '</label><button type="button" id="clear" disabled>Clear</button></div></search>'
    )
    yield '<div id="chips" class="chips"></div><div class="said"><p id="found" role="status"></p>'


def places(facts: Facts) -> Iterator[str]:
    """Everything between the filters and the bookkeeping."""
    yield '<section id="best"><h2 class="unseen">The best and the biggest</h2><div class="lists" id="lists"></div>'
    yield "<noscript><p>The films need JavaScript to be listed and filtered; nothing is fetched for it.</p></noscript>"
    yield '<p id="broken" hidden></p></section>'
    yield '<section id="groups"><div class="over"><h2>Who and what</h2><div class="choice" role="group"'
    yield 'aria-label="Rank by" id="ranks"><span class="soft">Rank by</span>'
    for rank, words in _RANKS.items():
        yield f'<button type="button" data-rank="{rank}" aria-pressed="false">{words}</button>'
    yield '</div></div><p class="soft" id="ranked"></p><div class="panels" id="panels"></div></section>'
    yield '<section id="charts"><h2>Years, ratings, money</h2><div class="charts">'
    for name, title in _FIGURES:
        yield (f'<figure id="{name}"><figcaption><h3>{title}</h3><p></p></figcaption><div class="plot"></div></figure>')
    yield "</div></section>"
    yield '<section id="table"><div class="over"><h2 id="table_head">All of them</h2><div class="tools">'
    yield '<label><span>Sort by</span><select id="sort"></select></label>'
    yield '<button type="button" id="way" aria-label="Sort the other way">↓</button>'
    yield '<button type="button" id="csv">Save as CSV</button></div></div>'
    yield '<table id="titles"><thead><tr></tr></thead><tbody></tbody></table>'
    yield '<div class="tools turn"><button type="button" id="earlier" disabled>Previous</button>'
    yield '<span id="count" class="soft" role="status"></span>'
    yield '<button type="button" id="later" disabled>Next</button></div></section>'
    yield from _people(facts.people)


def _people(rows: list[Row]) -> Iterator[str]:
    if rows:
        yield '<section id="people"><h2>People</h2><p class="soft">Those of the highest popularity at TMDB.</p>'
        columns = ("name", "known_for", "films", "born", "died", "place", "popularity")
        heads = ["Name", "Known for", "Films here", "Born", "Died", "Place of birth", "Popularity"]
        told = [[row[column] for column in columns] for row in rows]
        yield folded(f"The {len(rows)} best known people", heads, told, unfolded=True)
        yield "</section>"


def card() -> str:
    """The card of one film, which opens over the page, and what is said of a point of a chart."""
    return (
        '<dialog id="card" aria-labelledby="card_title"><div class="tools"><button type="button" id="card_earlier">'
        '← Previous</button><button type="button" id="card_later">Next →</button><span class="soft" id="card_place">'
        '</span><button type="button" id="card_close" aria-label="Close">✕</button></div>'
        '<div id="card_body"></div></dialog><div id="tip" role="status" hidden></div>'
    )


def scope(told: Titles) -> str:
    """What the filters go over, in a sentence."""
    total, carried = told.summary["titles"], len(told.titles)
    if not total:
        return ""
    if carried >= total:
        return f"Filters go over all {total:,} {told.plural}."
    beside = carried - min(told.asked, carried)
    more = f", and {beside:,} that lead in rating, money or their year" if beside else ""
    return (
        f"Filters go over the {min(told.asked, carried):,} most voted of {total:,} {told.plural}{more}; "
        "sums without a filter are of all."
    )


def said_scopes(facts: Facts) -> Iterator[str]:
    """What the filters go over, for each kind."""
    for told in facts.kinds:
        yield f'<p data-scope="{told.kind}">{html.escape(scope(told))}</p>'
    yield "</div>"
