-- What is remembered of films over time. As in statements.sql, each statement has a name and values are bound.

-- name: outdated_details
-- Answers out of caches that are older than what is stored.
SELECT s.tmdb_id FROM staged s JOIN movies m ON m.tmdb_id = s.tmdb_id AND m.details_at > s.details_at;

-- name: drop_staged
DELETE FROM staged WHERE tmdb_id IN (SELECT unnest($ids));

-- name: note_details
-- Each is compared with what was known at its own moment, which need not be the newest that is known.
INSERT INTO movie_history
WITH last AS (
    SELECT h.* FROM movie_history h JOIN staged s ON s.tmdb_id = h.tmdb_id AND h.observed_at <= s.details_at
    QUALIFY row_number() OVER (PARTITION BY h.tmdb_id ORDER BY h.observed_at DESC, h.rowid DESC) = 1
)
SELECT s.tmdb_id, s.details_at, s.vote_count, s.vote_average, s.popularity, s.revenue, s.budget, s.status, false, NULL
FROM staged s LEFT JOIN last l ON l.tmdb_id = s.tmdb_id
WHERE l.tmdb_id IS NULL OR l.gone OR l.merged_into IS NOT NULL
   OR l.vote_count IS DISTINCT FROM s.vote_count OR l.vote_average IS DISTINCT FROM s.vote_average
   OR l.popularity IS DISTINCT FROM s.popularity OR l.revenue IS DISTINCT FROM s.revenue
   OR l.budget IS DISTINCT FROM s.budget OR l.status IS DISTINCT FROM s.status;

-- name: weigh_marks
-- What is stored may be newer than the answer that says a film is gone or merged: that came out of a cache.
SELECT m.tmdb_id, m.details_at > mark.moment AS contradicted
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment) mark JOIN movies m ON m.tmdb_id = mark.tmdb_id
WHERE greatest(m.details_at, m.gone_at, m.merged_at) > mark.moment;

-- name: mark_gone
UPDATE movies SET gone_at = mark.moment
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment) mark WHERE movies.tmdb_id = mark.tmdb_id;

-- name: mark_merged
UPDATE movies SET merged_into = mark.target, merged_at = mark.moment, gone_at = NULL
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment, unnest($targets) AS target) mark
WHERE movies.tmdb_id = mark.tmdb_id;

-- name: note_marks
-- A target of NULL is none: the film is gone. Whatever else was known of it last is repeated.
INSERT INTO movie_history
WITH mark AS (
    SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment, unnest(CAST($targets AS BIGINT[])) AS target
), last AS (
    SELECT h.* FROM movie_history h JOIN mark ON mark.tmdb_id = h.tmdb_id
    QUALIFY row_number() OVER (PARTITION BY h.tmdb_id ORDER BY h.observed_at DESC, h.rowid DESC) = 1
)
SELECT mark.tmdb_id, mark.moment, l.vote_count, l.vote_average, l.popularity, l.revenue, l.budget, l.status,
       mark.target IS NULL, coalesce(mark.target, l.merged_into)
FROM mark JOIN movies m ON m.tmdb_id = mark.tmdb_id LEFT JOIN last l ON l.tmdb_id = mark.tmdb_id
WHERE l.tmdb_id IS NULL OR l.gone IS DISTINCT FROM (mark.target IS NULL)
   OR l.merged_into IS DISTINCT FROM coalesce(mark.target, l.merged_into);

-- name: note_returns
-- Films that were gone or merged and are there again, as they were when they were last seen.
INSERT INTO movie_history
WITH seen AS (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment), last AS (
    SELECT h.*, seen.moment FROM movie_history h JOIN seen ON seen.tmdb_id = h.tmdb_id
    QUALIFY row_number() OVER (PARTITION BY h.tmdb_id ORDER BY h.observed_at DESC, h.rowid DESC) = 1
)
SELECT tmdb_id, moment, vote_count, vote_average, popularity, revenue, budget, status, false, NULL
FROM last WHERE (gone OR merged_into IS NOT NULL) AND observed_at <= moment;

-- name: listed_again
-- Films that a list welcomes back, after merge_summaries and before the merged rows are stored.
SELECT g.tmdb_id, g.summary_at FROM merged g JOIN movies m ON m.tmdb_id = g.tmdb_id
WHERE (m.gone_at IS NOT NULL OR m.merged_into IS NOT NULL) AND g.gone_at IS NULL AND g.merged_into IS NULL;

-- name: history_of
-- Oldest first; what became of the film stands in words.
SELECT observed_at, vote_count, vote_average, popularity, revenue, budget, status, gone, merged_into,
       CASE WHEN gone THEN 'gone'
            WHEN merged_into IS NOT NULL THEN 'merged into ' || merged_into
            WHEN lag(gone OR merged_into IS NOT NULL) OVER in_order THEN 'back'
       END AS mark
FROM movie_history WHERE tmdb_id = $id
WINDOW in_order AS (ORDER BY observed_at, rowid)
ORDER BY observed_at, rowid;

-- name: export_movie_history
SELECT * FROM movie_history ORDER BY tmdb_id, observed_at, rowid;

-- name: delete_etags
DELETE FROM etags WHERE tmdb_id IN (SELECT unnest($ids));

-- name: forget_etags_of_listed
-- What a list row changed would stay so if TMDB then said that the details are as they were: those must come whole.
DELETE FROM etags WHERE tmdb_id IN (
    SELECT g.tmdb_id FROM merged g JOIN movies m ON m.tmdb_id = g.tmdb_id
    WHERE g.title IS DISTINCT FROM m.title OR g.original_title IS DISTINCT FROM m.original_title
       OR g.original_language IS DISTINCT FROM m.original_language OR g.overview IS DISTINCT FROM m.overview
       OR g.release_date IS DISTINCT FROM m.release_date OR g.vote_average IS DISTINCT FROM m.vote_average
       OR g.vote_count IS DISTINCT FROM m.vote_count OR g.popularity IS DISTINCT FROM m.popularity
       OR g.adult IS DISTINCT FROM m.adult OR g.video IS DISTINCT FROM m.video
       OR g.softcore IS DISTINCT FROM m.softcore OR g.poster_path IS DISTINCT FROM m.poster_path
       OR g.backdrop_path IS DISTINCT FROM m.backdrop_path
);

-- name: etags_of
-- Where the answer is to be kept as it came, it must be there: with a 304 it does not come.
SELECT e.tmdb_id, e.etag
FROM etags e JOIN movies m ON m.tmdb_id = e.tmdb_id AND m.details_at IS NOT NULL
WHERE e.tmdb_id IN (SELECT unnest($ids)) AND e.parts = CAST($parts AS VARCHAR[])
  AND (NOT $keep_raw OR EXISTS (SELECT 1 FROM raw r WHERE r.tmdb_id = e.tmdb_id AND r.parts = e.parts));

-- name: confirm_details
-- The film is there and as it was. What was said of it later stays.
UPDATE movies SET
    details_at = seen.moment,
    gone_at = CASE WHEN gone_at > seen.moment THEN gone_at END,
    merged_into = CASE WHEN merged_at > seen.moment THEN merged_into END,
    merged_at = CASE WHEN merged_at > seen.moment THEN merged_at END
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment) seen
WHERE movies.tmdb_id = seen.tmdb_id AND movies.details_at <= seen.moment;

-- name: confirm_parts
UPDATE parts SET fetched_at = seen.moment
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment, unnest(CAST($parts AS VARCHAR[][])) AS parts) seen
WHERE parts.tmdb_id = seen.tmdb_id AND list_contains(seen.parts, parts.part) AND parts.fetched_at < seen.moment;

-- name: confirm_raw
UPDATE raw SET observed_at = seen.moment
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment, unnest(CAST($parts AS VARCHAR[][])) AS parts) seen
WHERE raw.tmdb_id = seen.tmdb_id AND raw.parts = seen.parts AND raw.observed_at < seen.moment;
