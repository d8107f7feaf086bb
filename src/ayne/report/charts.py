"""The charts of a report, as values: what plotly draws, without its colours of day and night, which the page adds."""

# Pure: values in, values out.

from __future__ import annotations

from ayne.report.drawing import Chart
from ayne.report.facts import Facts
from ayne.report.film_charts import averages, averages_by_year, genres, languages, money
from ayne.report.upkeep_charts import ages, requests, years


def all_charts(facts: Facts) -> dict[str, Chart]:
    """Every chart of the page, by name."""
    makers = (years, averages, averages_by_year, money, genres, languages, ages, requests)
    return {chart.name: chart for chart in (make(facts) for make in makers)}
