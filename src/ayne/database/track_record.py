"""What the people of a film had done before it: macros that a file holds, made of a kind's description.

Values in, text out. Names of tables, columns, roles and jobs are the description's own, never out of data.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ayne.kinds import Kind

TRACK_RECORD = "track_record"
EARLIER = "earlier_films"

_PARAMETERS = "(day, billed := 5, days_apart := 1)"


def macros(kind: Kind) -> Iterator[str]:
    """Return the statements that make, or make anew, the macros of a kind that has roles, and say what they give."""
    if not kind.roles:
        return
    yield f"CREATE OR REPLACE MACRO {EARLIER}{_PARAMETERS} AS TABLE\n{_earlier(kind)}\nSELECT * FROM earlier"
    yield (
        f"COMMENT ON MACRO TABLE {EARLIER} IS 'For each {kind.noun}, role and person, the {kind.plural} of an earlier "
        "day in which they had the same role, as known when a day (UTC) ended. It is what track_record adds up: "
        f"FROM {EARLIER}(current_date) WHERE tmdb_id = 550'"
    )
    yield f"CREATE OR REPLACE MACRO {TRACK_RECORD}{_PARAMETERS} AS TABLE\n{_earlier(kind)}{_SUMMED}"
    yield (
        f"COMMENT ON MACRO TABLE {TRACK_RECORD} IS 'For each {kind.noun} and role what those who have it had done in "
        f"that role before the {kind.noun} was released, as known when a day (UTC) ended. billed: how many of the cast "
        "count; days_apart: how many days before the release is early enough: "
        f"FROM {TRACK_RECORD}(current_date, billed := 3) WHERE tmdb_id = 550'"
    )


def _earlier(kind: Kind) -> str:
    """Who has a role in what, and what they had the same role in before."""
    jobs = {role: jobs for role, jobs in kind.roles.items() if jobs}
    by_job = " ".join(f"WHEN job IN ({_texts(named)}) THEN '{role}'" for role, named in jobs.items())
    (billed,) = kind.roles.keys() - jobs.keys()
    return f"""WITH holders AS (
    SELECT DISTINCT tmdb_id, CASE {by_job} END AS role, person_id
    FROM {kind.table_of("credits")}
    WHERE kind = 'crew' AND job IN ({_texts(job for named in jobs.values() for job in named)})
    UNION ALL
    SELECT tmdb_id, '{billed}' AS role, person_id
    FROM (
        SELECT tmdb_id, person_id, min(billing) AS place
        FROM {kind.table_of("credits")} WHERE kind = 'cast' GROUP BY tmdb_id, person_id
    )
    QUALIFY row_number() OVER (PARTITION BY tmdb_id ORDER BY place NULLS LAST, person_id) <= billed
),
-- What was gone or merged by then is not counted; of what nothing was noted by then, what is known now decides.
roles AS (
    SELECT h.*, m.{kind.day} AS released, f.revenue, f.{kind.votes} AS vote_count, f.vote_average
    FROM holders h
    JOIN {kind.table} m ON m.tmdb_id = h.tmdb_id
    LEFT JOIN {kind.as_of}(day) f ON f.tmdb_id = h.tmdb_id
    WHERE m.{kind.day} IS NOT NULL
      AND NOT coalesce(f.gone, m.gone_at IS NOT NULL)
      AND if(f.tmdb_id IS NULL, m.merged_into, f.merged_into) IS NULL
),
-- Nothing is earlier than itself, however few days are asked for.
earlier AS (
    SELECT
        r.tmdb_id, r.role, r.person_id, e.tmdb_id AS earlier_id, e.released, r.released - e.released AS days_before,
        e.revenue, e.vote_count, e.vote_average
    FROM roles r
    JOIN roles e ON e.person_id = r.person_id AND e.role = r.role
        AND r.released - e.released >= greatest(days_apart, 1) AND e.released <= CAST(day AS DATE)
)"""  # noqa: S608 - names of ours


# Two who made a film together made one film.
_SUMMED = """,
once AS (
    SELECT DISTINCT * EXCLUDE (person_id) FROM earlier
),
summed AS (
    SELECT
        tmdb_id, role, count(*) AS films,
        CAST(sum(revenue) AS BIGINT) AS revenue,
        median(revenue) AS median_revenue,
        count(revenue) AS films_with_revenue,
        CAST(sum(vote_count) AS BIGINT) AS votes,
        fsum(vote_average * vote_count) / sum(vote_count) FILTER (vote_average IS NOT NULL) AS vote_average,
        max(released) AS last_released,
        min(days_before) / 365.25 AS years_since_last
    FROM once GROUP BY tmdb_id, role
)
SELECT
    r.tmdb_id, r.role, r.people, coalesce(s.films, 0) AS films,
    s.revenue, s.median_revenue, coalesce(s.films_with_revenue, 0) AS films_with_revenue, s.votes, s.vote_average,
    s.last_released, s.years_since_last
FROM (SELECT tmdb_id, role, count(*) AS people FROM roles GROUP BY tmdb_id, role) r
LEFT JOIN summed s ON s.tmdb_id = r.tmdb_id AND s.role = r.role"""


def _texts(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
