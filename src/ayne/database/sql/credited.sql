-- Whom rows of other kinds name. As in statements.sql, each statement has a name and values are bound.

-- name: credited_jobs
SELECT DISTINCT job FROM (
    SELECT unnest(CASE kind WHEN 'cast' THEN ['Acting'] ELSE [job, department] END) AS job FROM ({named})
) WHERE job IS NOT NULL;

-- name: credited
-- Each once, in which state it is and how popular, as its row says, the export, or else the credits. Who has several
-- roles in a film takes one place in its cast.
WITH named AS NOT MATERIALIZED ({named}), billed AS (
    SELECT tmdb_id FROM named WHERE kind = 'cast' GROUP BY title_kind, title_id, tmdb_id
    QUALIFY row_number() OVER (PARTITION BY title_kind, title_id ORDER BY min(billing) NULLS LAST, tmdb_id) <= $billed
), meant AS (
    SELECT tmdb_id FROM billed
    UNION
    -- A cast is a department too, without jobs.
    SELECT tmdb_id FROM named
    WHERE CASE kind
          WHEN 'cast' THEN list_contains(CAST($jobs AS VARCHAR[]), 'acting')
          ELSE CAST($jobs AS VARCHAR[]) IS NULL OR lower(job) IN (SELECT unnest(CAST($jobs AS VARCHAR[])))
               OR lower(department) IN (SELECT unnest(CAST($jobs AS VARCHAR[])))
          END
), popular AS (
    SELECT tmdb_id, max(popularity) AS popularity FROM named GROUP BY tmdb_id
)
SELECT w.tmdb_id, coalesce({m.popularity}, c.popularity, p.popularity) AS popularity, f.tmdb_id IS NOT NULL AS failed,
       CASE WHEN m.gone_at IS NOT NULL OR m.merged_into IS NOT NULL THEN 'gone'
            WHEN m.details_at IS NOT NULL
                 AND (len($names) = 0
                      OR (SELECT count(*) FROM parts q WHERE q.kind = {kind} AND q.tmdb_id = w.tmdb_id
                                                         AND q.part IN (SELECT unnest($names))) >= len($names))
            THEN 'stored'
            WHEN f.retry_at > $now THEN 'waiting'
            ELSE 'missing'
       END AS state
FROM meant w JOIN popular p ON p.tmdb_id = w.tmdb_id
     LEFT JOIN {table} m ON m.tmdb_id = w.tmdb_id
     LEFT JOIN census c ON c.kind = {kind} AND c.tmdb_id = w.tmdb_id
     LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = w.tmdb_id
WHERE $min_popularity IS NULL OR coalesce({m.popularity}, c.popularity, p.popularity) >= $min_popularity;

-- name: titles_that_name
-- The stored films and series that name it, latest first, each once, with all that is said of it there.
WITH named AS (
    SELECT title_kind, title_id, CASE kind WHEN 'cast' THEN 'cast' ELSE job END AS role, min(billing) AS billing
    FROM ({named}) WHERE tmdb_id = $id GROUP BY ALL
)
SELECT t.title, t.day AS released, list(n.role ORDER BY n.role) AS "as", min(n.billing) AS billing,
       n.title_kind AS kind, n.title_id AS tmdb_id
FROM named n JOIN ({naming_titles}) t USING (title_kind, title_id)
GROUP BY ALL ORDER BY released DESC NULLS FIRST, n.title_id;

-- name: enter_named
-- What is named and is gone is a fact worth a row, or it would be asked for again and again.
INSERT INTO {table} (tmdb_id, first_seen_at)
SELECT DISTINCT tmdb_id, CAST($now AS TIMESTAMP) FROM ({named})
WHERE tmdb_id IN (SELECT unnest($ids)) AND tmdb_id NOT IN (SELECT tmdb_id FROM {table});
