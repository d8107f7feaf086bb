-- What is remembered of films over time. As in statements.sql, each statement has a name and values are bound.

-- name: outdated_details
-- Answers out of caches that are older than what is stored.
SELECT s.tmdb_id FROM staged s JOIN {table} m ON m.tmdb_id = s.tmdb_id AND m.details_at > s.details_at;

-- name: drop_staged
DELETE FROM staged WHERE tmdb_id IN (SELECT unnest($ids));

-- name: note_details
-- Each is compared with what was known at its own moment, which need not be the newest that is known.
INSERT INTO {history} BY NAME
WITH last AS (
    SELECT h.* FROM {history} h JOIN staged s ON s.tmdb_id = h.tmdb_id AND h.observed_at <= s.details_at
    QUALIFY row_number() OVER (PARTITION BY h.tmdb_id ORDER BY h.observed_at DESC, h.rowid DESC) = 1
)
SELECT s.tmdb_id, s.details_at AS observed_at, {tracked_of_staged}, false AS gone, 'details' AS source
FROM staged s LEFT JOIN last l ON l.tmdb_id = s.tmdb_id
WHERE l.tmdb_id IS NULL OR l.gone OR l.merged_into IS NOT NULL OR {tracked_differs};

-- name: note_listed
-- Rows of lists, after merge_summaries and before the merged rows are stored: as of midnight, and only of what is
-- followed already. That a list shows what was gone or merged is word of its return.
INSERT INTO {history} BY NAME
WITH last AS (
    SELECT h.* FROM {history} h JOIN merged g ON g.tmdb_id = h.tmdb_id AND h.observed_at <= date_trunc('day', g.summary_at)
    QUALIFY row_number() OVER (PARTITION BY h.tmdb_id ORDER BY h.observed_at DESC, h.rowid DESC) = 1
)
SELECT g.tmdb_id, date_trunc('day', g.summary_at) AS observed_at, {tracked_of_listed}, false AS gone, 'list' AS source
FROM merged g JOIN last l ON l.tmdb_id = g.tmdb_id
WHERE g.gone_at IS NULL AND g.merged_into IS NULL
  AND (l.gone OR l.merged_into IS NOT NULL OR {listed_differs});

-- name: weigh_marks
-- What is stored may be newer than the answer that says a film is gone or merged: that came out of a cache.
SELECT m.tmdb_id, m.details_at > mark.moment AS contradicted
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment) mark JOIN {table} m ON m.tmdb_id = mark.tmdb_id
WHERE greatest(m.details_at, m.gone_at, m.merged_at) > mark.moment;

-- name: held
SELECT tmdb_id FROM {live} WHERE tmdb_id IN (SELECT unnest($ids));

-- name: suspicions
-- Words that a film is gone or merged and that are not believed yet: when each was first said, how many there are, and
-- how many films were had since. That is counted from the next full hour on, so that few moments have to be looked at.
WITH waiting AS (SELECT tmdb_id, failed_at FROM failures WHERE kind = {kind} AND starts_with(reason, 'unconfirmed_')),
hours AS (
    SELECT hour, count(m.tmdb_id) AS had_since
    FROM (SELECT DISTINCT date_trunc('hour', failed_at) AS hour FROM waiting) h
         LEFT JOIN {table} m ON m.details_at >= h.hour + INTERVAL 1 HOUR AND m.details_at <= $now
    GROUP BY hour
)
SELECT w.tmdb_id, w.failed_at, (SELECT count(*) FROM waiting) AS unconfirmed, h.had_since
FROM waiting w JOIN hours h ON h.hour = date_trunc('hour', w.failed_at)
WHERE w.tmdb_id IN (SELECT unnest($ids));

-- name: said_before
SELECT tmdb_id, reason, failed_at FROM failures
WHERE kind = {kind} AND starts_with(reason, 'unconfirmed_') AND tmdb_id IN (SELECT unnest($ids));

-- name: look_again_at_marks
-- Films that were marked with twenty or more in the same hour, and that the source was asked about once only since: the
-- mark is as old as its row of history. Eight hours later no cache holds that answer any more.
INSERT INTO changed BY NAME
WITH marked AS (
    SELECT tmdb_id, greatest(gone_at, merged_at) AS marked_at FROM {table}
    WHERE gone_at IS NOT NULL OR merged_into IS NOT NULL
), many AS (
    SELECT date_trunc('hour', marked_at) AS hour FROM marked GROUP BY hour HAVING count(*) >= 20
)
SELECT m.tmdb_id, m.marked_at AS changed_by, m.marked_at + INTERVAL 8 HOUR AS safe_at,
       m.marked_at + INTERVAL 8 HOUR AS not_before, CAST($now AS TIMESTAMP) AS seen_at, {kind} AS kind
FROM marked m SEMI JOIN many ON many.hour = date_trunc('hour', m.marked_at)
WHERE m.marked_at <= (SELECT max(h.observed_at) FROM {history} h
                      WHERE h.tmdb_id = m.tmdb_id AND (h.gone OR h.merged_into IS NOT NULL))
  AND m.tmdb_id NOT IN (SELECT tmdb_id FROM changed WHERE kind = {kind});

-- name: mark_gone
UPDATE {table} SET gone_at = mark.moment
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment) mark WHERE {table}.tmdb_id = mark.tmdb_id;

-- name: mark_merged
UPDATE {table} SET merged_into = mark.target, merged_at = mark.moment, gone_at = NULL
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment, unnest($targets) AS target) mark
WHERE {table}.tmdb_id = mark.tmdb_id;

-- name: note_marks
-- A target of NULL is none: the film is gone. Whatever else was known of it last is repeated.
INSERT INTO {history} BY NAME
WITH mark AS (
    SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment, unnest(CAST($targets AS BIGINT[])) AS target
), last AS (
    SELECT h.* FROM {history} h JOIN mark ON mark.tmdb_id = h.tmdb_id
    QUALIFY row_number() OVER (PARTITION BY h.tmdb_id ORDER BY h.observed_at DESC, h.rowid DESC) = 1
)
SELECT mark.tmdb_id, mark.moment AS observed_at, {tracked_of_last},
       mark.target IS NULL AS gone, coalesce(mark.target, l.merged_into) AS merged_into, 'details' AS source
FROM mark JOIN {table} m ON m.tmdb_id = mark.tmdb_id LEFT JOIN last l ON l.tmdb_id = mark.tmdb_id
WHERE l.tmdb_id IS NULL OR l.gone IS DISTINCT FROM (mark.target IS NULL)
   OR l.merged_into IS DISTINCT FROM coalesce(mark.target, l.merged_into);

-- name: note_returns
-- Films that were gone or merged and are there again, as they were when they were last seen.
INSERT INTO {history} BY NAME
WITH seen AS (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment), last AS (
    SELECT h.*, seen.moment FROM {history} h JOIN seen ON seen.tmdb_id = h.tmdb_id
    QUALIFY row_number() OVER (PARTITION BY h.tmdb_id ORDER BY h.observed_at DESC, h.rowid DESC) = 1
)
SELECT tmdb_id, moment AS observed_at, {tracked}, false AS gone, 'details' AS source
FROM last WHERE (gone OR merged_into IS NOT NULL) AND observed_at <= moment;

-- name: history_of
-- Oldest first; what became of the film stands in words.
SELECT observed_at, {tracked}, gone, merged_into, source,
       CASE WHEN gone THEN 'gone'
            WHEN merged_into IS NOT NULL THEN 'merged into ' || merged_into
            WHEN lag(gone OR merged_into IS NOT NULL) OVER in_order THEN 'back'
       END AS mark
FROM {history} WHERE tmdb_id = $id
WINDOW in_order AS (ORDER BY observed_at, rowid)
ORDER BY observed_at, rowid;

-- name: delete_etags
DELETE FROM etags WHERE kind = {kind} AND tmdb_id IN (SELECT unnest($ids));

-- name: forget_etags_of_listed
-- What a list row changed would stay so if TMDB then said that the details are as they were: those must come whole.
DELETE FROM etags WHERE kind = {kind} AND tmdb_id IN (
    SELECT g.tmdb_id FROM merged g JOIN {table} m ON m.tmdb_id = g.tmdb_id
    WHERE {list_differs}
);

-- name: etags_of
-- Where the answer is to be kept as it came, it must be there: with a 304 it does not come.
SELECT e.tmdb_id, e.etag
FROM etags e JOIN {table} m ON m.tmdb_id = e.tmdb_id AND m.details_at IS NOT NULL
WHERE e.kind = {kind} AND e.tmdb_id IN (SELECT unnest($ids)) AND e.parts = CAST($parts AS VARCHAR[])
  AND (NOT $keep_raw OR EXISTS (SELECT 1 FROM raw r WHERE r.kind = {kind} AND r.tmdb_id = e.tmdb_id AND r.parts = e.parts));

-- name: confirm_details
-- The film is there and as it was. What was said of it later stays.
UPDATE {table} SET
    details_at = seen.moment,{popularity_confirmed}
    gone_at = CASE WHEN gone_at > seen.moment THEN gone_at END,
    merged_into = CASE WHEN merged_at > seen.moment THEN merged_into END,
    merged_at = CASE WHEN merged_at > seen.moment THEN merged_at END
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment) seen
WHERE {table}.tmdb_id = seen.tmdb_id AND {table}.details_at <= seen.moment;

-- name: confirm_parts
UPDATE parts SET fetched_at = seen.moment
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment, unnest(CAST($parts AS VARCHAR[][])) AS parts) seen
WHERE parts.kind = {kind} AND parts.tmdb_id = seen.tmdb_id AND list_contains(seen.parts, parts.part) AND parts.fetched_at < seen.moment;

-- name: confirm_raw
UPDATE raw SET observed_at = seen.moment
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment, unnest(CAST($parts AS VARCHAR[][])) AS parts) seen
WHERE raw.kind = {kind} AND raw.tmdb_id = seen.tmdb_id AND raw.parts = seen.parts AND raw.observed_at < seen.moment;
