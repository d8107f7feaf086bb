"""What the people of a film had done before it: macros that a file holds, made of a kind's description.

Values in, text out. Names of tables, columns, roles and jobs are the description's own, never out of data.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ayne.kinds import PERSON, Kind
from ayne.kinds.person import BILLED

TRACK_RECORD = "track_record"
EARLIER = "earlier_films"
CAREERS = "careers"

_PART = "combined_credits"

_PARAMETERS = f"(day, billed := {BILLED}, days_apart := 1)"

_CAREERS = {
    "person_id": ("BIGINT", "TMDB''s id of the person"),
    "film_id": ("BIGINT", "TMDB''s id of the film, stored here or not"),
    "kind": ("VARCHAR", "cast or crew"),
    "job": ("VARCHAR", "Director, Screenplay…; NULL for the cast"),
    "billing": ("INTEGER", "Place in the cast, from 0; NULL for the crew"),
    "released": ("DATE", "Primary release date of the film"),
    "vote_count": ("BIGINT", "Number of votes for the film"),
    "vote_average": ("DOUBLE", "0.5 to 10, NULL when nobody voted"),
    "known_at": ("TIMESTAMP", "When these values were valid, UTC"),
}


def statements(kind: Kind) -> Iterator[str]:
    """Return the statements that create or replace a kind's share of the track record, with their comments.

    A kind that has roles brings the macros, which ask for the careers of people. Those are a view without rows until
    the kind that has them makes it anew: not every file has the tables of people.
    """
    if kind.roles:
        nothing = ", ".join(f"CAST(NULL AS {type_}) AS {name}" for name, (type_, _) in _CAREERS.items())
        yield f"CREATE VIEW IF NOT EXISTS {CAREERS} AS SELECT {nothing} WHERE false"
        yield from _comments()
        yield from _macros(kind)
    elif table := kind.table_of(_PART):
        yield f"""CREATE OR REPLACE VIEW {CAREERS} AS
SELECT
    c.tmdb_id AS person_id, c.title_id AS film_id, c.kind, c.job, c.billing, c.release_date AS released,
    c.vote_count, c.vote_average, p.fetched_at AS known_at
FROM {table} c
JOIN parts p ON p.kind = '{kind.name}' AND p.part = '{_PART}' AND p.tmdb_id = c.tmdb_id
WHERE c.media_type = 'movie' AND c.tmdb_id IN (SELECT tmdb_id FROM {kind.live})"""  # noqa: S608 - names of ours
        yield from _comments()


def _comments() -> Iterator[str]:
    yield (
        f"COMMENT ON VIEW {CAREERS} IS 'Films that people took part in, from the part combined_credits of fetched "
        "people; empty until there is one. track_record adds them up'"
    )
    for name, (_, comment) in _CAREERS.items():
        yield f"COMMENT ON COLUMN {CAREERS}.{name} IS '{comment}'"


def _macros(kind: Kind) -> Iterator[str]:
    yield f"CREATE OR REPLACE MACRO {EARLIER}{_PARAMETERS} AS TABLE\n{_earlier(kind)}\nSELECT * FROM earlier"
    yield (
        f"COMMENT ON MACRO TABLE {EARLIER} IS 'For each {kind.noun}, role and person, the {kind.plural} of an earlier "
        "day in which they had the same role, as known at the end of a day (UTC). track_record adds them up: "
        f"FROM {EARLIER}(current_date) WHERE tmdb_id = 550'"
    )
    yield f"CREATE OR REPLACE MACRO {TRACK_RECORD}{_PARAMETERS} AS TABLE\n{_earlier(kind)}{_SUMMED}"
    yield (
        f"COMMENT ON MACRO TABLE {TRACK_RECORD} IS 'For each {kind.noun} and role what its people had done in that "
        f"role before the {kind.noun} was released, as known at the end of a day (UTC). billed: how many of the cast "
        "count; days_apart: how many days before the release earlier work must have been released: "
        f"FROM {TRACK_RECORD}(current_date, billed := 3) WHERE tmdb_id = 550'"
    )


def _earlier(kind: Kind) -> str:
    """Return SQL for who has a role in what, and what they had the same role in before."""
    jobs = {role: jobs for role, jobs in kind.roles.items() if jobs}
    by_job = " ".join(f"WHEN job IN ({_texts(named)}) THEN '{role}'" for role, named in jobs.items())
    of_crew = f"kind = 'crew' AND job IN ({_texts(job for named in jobs.values() for job in named)})"
    (of_cast,) = kind.roles.keys() - jobs.keys()
    stored = kind.table_of("credits")
    return f"""WITH holders AS (
    SELECT DISTINCT tmdb_id, CASE {by_job} END AS role, person_id
    FROM {stored} WHERE {of_crew}
    UNION ALL
    SELECT tmdb_id, '{of_cast}' AS role, person_id
    FROM (
        SELECT tmdb_id, person_id, min(billing) AS place
        FROM {stored} WHERE kind = 'cast' GROUP BY tmdb_id, person_id
    )
    QUALIFY row_number() OVER (PARTITION BY tmdb_id ORDER BY place NULLS LAST, person_id) <= billed
),
-- What people did in films whose own credits are not stored.
elsewhere AS (
    SELECT * FROM {CAREERS} WHERE film_id NOT IN (SELECT tmdb_id FROM {stored})
),
told AS (
    SELECT
        film_id,
        arg_max(released, (known_at, person_id)) AS released,
        arg_max(vote_count, (known_at, person_id)) FILTER (known_at < CAST(day AS DATE) + INTERVAL 1 DAY) AS vote_count,
        arg_max(vote_average, (known_at, person_id))
            FILTER (known_at < CAST(day AS DATE) + INTERVAL 1 DAY) AS vote_average
    FROM elsewhere GROUP BY film_id
),
holders_of_all AS (
    SELECT *, true AS stored FROM holders
    UNION ALL
    SELECT DISTINCT film_id, CASE {by_job} ELSE '{of_cast}' END, person_id, false
    FROM elsewhere WHERE {of_crew} OR (kind = 'cast' AND billing < billed)
),
-- What was gone or merged by then is not counted; of what nothing was noted by then, what is known now decides.
roles AS (
    SELECT
        h.*, coalesce(m.{kind.day}, t.released) AS released, f.revenue,
        coalesce(f.{kind.votes}, t.vote_count) AS vote_count, coalesce(f.vote_average, t.vote_average) AS vote_average
    FROM holders_of_all h
    LEFT JOIN told t ON t.film_id = h.tmdb_id
    LEFT JOIN {kind.table} m ON m.tmdb_id = h.tmdb_id
    LEFT JOIN {kind.as_of}(day) f ON f.tmdb_id = h.tmdb_id
    WHERE coalesce(m.{kind.day}, t.released) IS NOT NULL
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
    WHERE r.stored
)"""  # noqa: S608 - names of ours


# Two who made a film together made one film. So a window over the films of each person, which would cost less than all
# pairs of them, tells the truth only of films in which one person has the role; and there is no median of two windows.
_SUMMED = f""",
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
        fsum(vote_average * vote_count)
            / nullif(sum(vote_count) FILTER (vote_average IS NOT NULL), 0) AS vote_average,
        max(released) AS last_released,
        min(days_before) / 365.25 AS years_since_last
    FROM once GROUP BY tmdb_id, role
)
SELECT
    r.tmdb_id, r.role, r.people, r.people_fetched, coalesce(s.films, 0) AS films,
    s.revenue, s.median_revenue, coalesce(s.films_with_revenue, 0) AS films_with_revenue, s.votes, s.vote_average,
    s.last_released, s.years_since_last
FROM (
    SELECT r.tmdb_id, r.role, count(*) AS people, count(p.tmdb_id) AS people_fetched
    FROM roles r
    LEFT JOIN parts p ON p.kind = '{PERSON.name}' AND p.part = '{_PART}' AND p.tmdb_id = r.person_id
    WHERE r.stored GROUP BY r.tmdb_id, r.role
) r
LEFT JOIN summed s ON s.tmdb_id = r.tmdb_id AND s.role = r.role"""  # noqa: S608 - names of ours


def _texts(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
