-- The statements about how fresh the numbers of stored films are; as in statements.sql. A list is made of what was there at
-- midnight, so the day of a row is the day as of which it is known. What failed since a run began is left to the next one.

-- name: number_copies
-- What lists reach of a span, or everything; in the order of the days of release.
SELECT {.day} AS released, greatest(0, coalesce({.votes}, 0)) AS votes,
       CAST(greatest(details_at, summary_at) AS DATE) AS seen, count(*) AS films
FROM {table}
WHERE gone_at IS NULL AND merged_into IS NULL AND coalesce(details_at, summary_at) IS NOT NULL
  AND (CAST($first AS DATE) IS NULL OR ({.day} BETWEEN CAST($first AS DATE) AND CAST($last AS DATE) AND coalesce({.votes}, 0) >= $min_votes
                          AND ($adult OR {.adult} IS NOT true) AND ($video OR {.video} IS NOT true)))
GROUP BY ALL
ORDER BY released;

-- name: number_looks
-- How the votes of stored films went from one row of history to the next, and from the last one until they were seen last,
-- which left no row when nothing had changed. Exports know nothing of votes. Films that are old enough are all of one age.
WITH told AS (
    SELECT tmdb_id, CAST(observed_at AS DATE) AS day, {.votes} AS votes,
           lead(CAST(observed_at AS DATE)) OVER in_order AS next_day, lead({.votes}) OVER in_order AS next_votes
    FROM {history} WHERE NOT gone AND merged_into IS NULL AND source IS DISTINCT FROM 'export'
    WINDOW in_order AS (PARTITION BY tmdb_id ORDER BY observed_at, rowid)
)
SELECT if({m.day} < CAST($today AS DATE) - 1100, DATE '1900-01-01', {m.day}) AS released, t.votes,
       coalesce(t.next_day, CAST(greatest(m.details_at, m.summary_at) AS DATE)) - t.day AS days,
       coalesce(t.next_votes, t.votes) - t.votes AS gained, count(*) AS films
FROM told t JOIN {table} m ON m.tmdb_id = t.tmdb_id
WHERE m.gone_at IS NULL AND m.merged_into IS NULL AND t.votes >= 0
GROUP BY ALL
HAVING days > 0;

-- name: unseen_in_cells
-- Films of these cells that their lists did not show: they have more votes by now, or lie elsewhere, or are gone.
WITH cells AS (
    SELECT unnest(CAST($first AS DATE[])) AS first, unnest(CAST($last AS DATE[])) AS last,
           unnest(CAST($min_votes AS BIGINT[])) AS min_votes, unnest(CAST($max_votes AS BIGINT[])) AS max_votes
)
SELECT m.tmdb_id
FROM {table} m JOIN cells c ON {m.day} BETWEEN c.first AND c.last
    AND coalesce({m.votes}, 0) BETWEEN c.min_votes AND coalesce(c.max_votes, 9223372036854775807)
LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = m.tmdb_id
WHERE m.gone_at IS NULL AND m.merged_into IS NULL
  AND greatest(m.details_at + INTERVAL 2 DAY, m.summary_at) < $since
  AND (f.retry_at IS NULL OR f.retry_at < $began)
  AND ($adult OR {m.adult} IS NOT true) AND ($video OR {m.video} IS NOT true)
ORDER BY m.tmdb_id;

-- name: listed_without_details
-- Films that lists showed and that have no details; one that failed waits until it may be asked for again.
SELECT m.tmdb_id
FROM {table} m LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = m.tmdb_id
WHERE m.tmdb_id IN (SELECT unnest($ids)) AND m.details_at IS NULL AND m.gone_at IS NULL AND m.merged_into IS NULL
  AND (f.retry_at IS NULL OR f.retry_at < $began)
ORDER BY m.tmdb_id
LIMIT $most;

-- name: details_ages
SELECT CAST($today AS DATE) - CAST(details_at AS DATE) AS age, count(*) AS films
FROM {table} WHERE gone_at IS NULL AND merged_into IS NULL AND details_at IS NOT NULL
GROUP BY ALL ORDER BY age;

-- name: oldest_details
SELECT m.tmdb_id
FROM {table} m LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = m.tmdb_id
WHERE m.gone_at IS NULL AND m.merged_into IS NULL AND m.details_at < CAST($today AS DATE)
  AND (f.retry_at IS NULL OR f.retry_at < $began)
ORDER BY m.details_at, m.tmdb_id
LIMIT $most;
