-- Films that a list named. A list is known by its digest.

-- name: given_before
SELECT count(*) FROM given WHERE kind = {kind} AND digest = $digest;

-- name: copy_given
CREATE TEMP TABLE given AS SELECT * FROM main.given WHERE kind = {kind} AND digest = $digest;

-- name: forget_copy_of_given
DROP TABLE temp.given;

-- name: given_again
-- The same list anew: what failed is asked for again, and so is what was stored and is not whole any more.
UPDATE given SET outcome = 'waiting', again_at = NULL, changed_at = $now
WHERE kind = {kind} AND digest = $digest
  AND (outcome IN ('failed', 'not found') AND again_at <= $now
       OR outcome IN ('stored', 'already stored') AND tmdb_id NOT IN (
              SELECT m.tmdb_id FROM {table} m
              WHERE m.details_at IS NOT NULL AND m.gone_at IS NULL AND m.merged_into IS NULL
                AND (len($names) = 0
                     OR (SELECT count(DISTINCT p.part) FROM parts p
                         WHERE p.kind = {kind} AND p.tmdb_id = m.tmdb_id AND p.part IN (SELECT unnest($names)))
                        >= len($names))));

-- name: given_anew
-- All films of a list are asked for, whatever is known of them.
UPDATE given SET outcome = 'waiting', message = NULL, again_at = NULL, changed_at = $now
WHERE kind = {kind} AND digest = $digest AND outcome NOT LIKE 'not a %' AND outcome <> 'unreadable';

-- name: known_of_given
-- What is known of films that wait: those that are stored whole, and those that are gone or merged.
CREATE OR REPLACE TEMP TABLE known AS
WITH whole AS (
    SELECT m.tmdb_id, {m.imdb_id} AS imdb_id, m.merged_into, m.gone_at
    FROM {table} m
    WHERE m.gone_at IS NOT NULL OR m.merged_into IS NOT NULL
       OR m.details_at IS NOT NULL
          AND (len($names) = 0
               OR (SELECT count(DISTINCT p.part) FROM parts p
                   WHERE p.kind = {kind} AND p.tmdb_id = m.tmdb_id AND p.part IN (SELECT unnest($names))) >= len($names))
)
SELECT g.row, coalesce(w.merged_into, w.tmdb_id) AS tmdb_id,
       CASE WHEN w.gone_at IS NOT NULL THEN 'gone' WHEN w.merged_into IS NOT NULL THEN 'merged' ELSE 'already stored' END AS state
FROM given g JOIN whole w ON w.tmdb_id = g.tmdb_id
WHERE g.kind = {kind} AND g.digest = $digest AND g.outcome = 'waiting'
UNION ALL
SELECT g.row, min(w.tmdb_id), 'already stored'
FROM given g JOIN whole w ON w.imdb_id = g.imdb_id
WHERE g.kind = {kind} AND g.digest = $digest AND g.outcome = 'waiting' AND g.tmdb_id IS NULL
  AND w.gone_at IS NULL AND w.merged_into IS NULL
GROUP BY g.row;

-- name: settle_given
UPDATE given SET outcome = known.state, tmdb_id = known.tmdb_id,
       message = NULL, again_at = NULL, changed_at = $now
FROM known WHERE given.kind = {kind} AND given.digest = $digest AND given.row = known.row;

-- name: given_waiting
-- In the order of the list, so that what is written together lies together.
SELECT tmdb_id, imdb_id
FROM (
    SELECT tmdb_id, CASE WHEN tmdb_id IS NULL THEN imdb_id END AS imdb_id, min(row) AS row
    FROM given WHERE kind = {kind} AND digest = $digest AND outcome = 'waiting'
    GROUP BY ALL
)
ORDER BY tmdb_id IS NULL, row
LIMIT $most;

-- name: count_given_waiting
SELECT count(DISTINCT tmdb_id) + count(DISTINCT imdb_id) FILTER (tmdb_id IS NULL)
FROM given WHERE kind = {kind} AND digest = $digest AND outcome = 'waiting';

-- name: given_merged
-- Films that others were merged into, and that are not stored.
SELECT DISTINCT g.tmdb_id, NULL AS imdb_id
FROM given g LEFT JOIN {table} m ON m.tmdb_id = g.tmdb_id
     LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = g.tmdb_id
WHERE g.kind = {kind} AND g.digest = $digest AND g.outcome = 'merged'
  AND m.details_at IS NULL AND m.gone_at IS NULL AND m.merged_into IS NULL
  AND (f.retry_at IS NULL OR f.retry_at <= $now)
ORDER BY ALL
LIMIT $most;

-- name: answer_given
-- What was merged stays so, whatever becomes of the film that it was merged into.
UPDATE given SET outcome = CASE given.outcome WHEN 'merged' THEN 'merged' ELSE a.outcome END, tmdb_id = coalesce(a.film, given.tmdb_id), message = a.message, again_at = a.again_at,
       changed_at = $now
FROM (SELECT unnest($tmdb_ids) AS asked, unnest($films) AS film, unnest($outcomes) AS outcome,
             unnest($messages) AS message, unnest($again) AS again_at) a
WHERE given.kind = {kind} AND given.digest = $digest AND given.outcome IN ('waiting', 'merged') AND given.tmdb_id = a.asked;

-- name: answer_given_by_imdb_id
UPDATE given SET outcome = a.outcome, tmdb_id = a.film, message = a.message, again_at = a.again_at, changed_at = $now
FROM (SELECT unnest($imdb_ids) AS asked, unnest($films) AS film, unnest($outcomes) AS outcome,
             unnest($messages) AS message, unnest($again) AS again_at) a
WHERE given.kind = {kind} AND given.digest = $digest AND given.outcome = 'waiting' AND given.tmdb_id IS NULL
  AND given.imdb_id = a.asked;

-- name: given_outcomes
SELECT outcome, count(*) AS rows FROM given WHERE kind = {kind} AND digest = $digest GROUP BY ALL;

-- name: voucher
-- A film that TMDB certainly has.
SELECT tmdb_id FROM {live} WHERE details_at IS NOT NULL ORDER BY {.votes} DESC NULLS LAST, {.popularity} DESC NULLS LAST, tmdb_id LIMIT 1;
