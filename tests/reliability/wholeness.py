"""What must hold of a file at every moment, whoever wrote it and however that ended: nothing doubled, nothing half."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Ask = Callable[[str], list[tuple[Any, ...]]]

# What tells the rows of a table apart, where no primary key does.
_KEYS = {
    "raw": "tmdb_id, parts",
    "etags": "tmdb_id",
    "ratings": "imdb_id",
    "credits": "tmdb_id, kind, credit_id, person_id, job, character",
    "keywords": "tmdb_id, keyword_id",
    "external_ids": "tmdb_id",
    "videos": "tmdb_id, video_id",
    "movie_history": (
        "tmdb_id, observed_at, vote_count, vote_average, popularity, revenue, budget, status, gone, merged_into"
    ),
}
_DOUBLED = " UNION ALL ".join(
    f"SELECT '{table}' AS name, count(*) AS rows FROM (SELECT {keys} FROM {table} GROUP BY ALL HAVING count(*) > 1)"
    for table, keys in _KEYS.items()
)

# Tables of parts, and the part that fills each.
_PARTS = (
    *("credits", "keywords", "external_ids", "release_dates", "alternative_titles", "translations", "videos"),
    *("images", "recommendations", "reviews"),
)
_COUNTED = " UNION ALL ".join(f"SELECT '{part}' AS part, tmdb_id FROM {part}" for part in _PARTS)

_HALF = {
    "films whose part has other rows than were counted when it was stored": f"""
        WITH counted AS (SELECT part, tmdb_id, count(*) AS found FROM ({_COUNTED}) GROUP BY ALL)
        SELECT p.tmdb_id, p.part, p.rows, c.found
        FROM (FROM parts WHERE rows IS NOT NULL AND part IN ({", ".join(f"'{part}'" for part in _PARTS)})) p
             FULL JOIN counted c ON c.tmdb_id = p.tmdb_id AND c.part = p.part
        WHERE coalesce(p.rows, 0) <> coalesce(c.found, 0)""",
    "parts, answers or names of films that are not stored": """
        SELECT tmdb_id FROM (SELECT tmdb_id FROM parts UNION ALL SELECT tmdb_id FROM etags UNION ALL
                             SELECT tmdb_id FROM raw)
        WHERE tmdb_id NOT IN (SELECT tmdb_id FROM movies WHERE details_at IS NOT NULL)""",
    "sweeps whose ledger counts other rows than were listed": """
        SELECT s.sweep_id, coalesce(r.rows, 0), coalesce(l.rows, 0)
        FROM (SELECT max(sweep_id) AS sweep_id FROM sweeps) s
             LEFT JOIN (SELECT sweep_id, sum(rows) AS rows FROM ranges GROUP BY sweep_id) r USING (sweep_id)
             LEFT JOIN (SELECT sweep_id, count(*) AS rows FROM listed GROUP BY sweep_id) l USING (sweep_id)
        WHERE coalesce(r.rows, 0) <> coalesce(l.rows, 0)""",
    "films that a sweep listed and that have no row": """
        SELECT tmdb_id FROM listed WHERE tmdb_id NOT IN (SELECT tmdb_id FROM movies)""",
    "films that are stored as they are and said to have failed in the same breath": """
        SELECT tmdb_id FROM movies JOIN failures USING (tmdb_id) WHERE details_at > failed_at""",
}


def unwhole(ask: Ask) -> list[str]:
    """What is there twice or only in part, in words; none when all is well.

    Args:
        ask: answers a query with its rows.
    """
    told = [f"doubled rows of {name}: {rows}" for name, rows in ask(_DOUBLED) if rows]
    return told + [f"{name}: {rows}" for name, sql in _HALF.items() if (rows := ask(sql))]
