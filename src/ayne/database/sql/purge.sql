-- What may no longer be kept. As in statements.sql, each statement has a name and values are bound.

-- name: count_overdue
SELECT (SELECT count(*) FROM {table} WHERE details_at < $before) AS details,
       (SELECT count(*) FROM {table} WHERE details_at IS NULL AND summary_at < $before) AS summaries,
       (SELECT count(*) FROM parts WHERE kind = {kind} AND fetched_at < $before) AS parts,
       (SELECT count(*) FROM raw WHERE kind = {kind} AND observed_at < $before) AS answers,
       (SELECT count(*) FROM (
            SELECT tmdb_id, observed_at,
                   row_number() OVER (PARTITION BY tmdb_id ORDER BY observed_at DESC, rowid DESC) AS nth
            FROM {history}
        ) h JOIN {table} m ON m.tmdb_id = h.tmdb_id
        WHERE m.details_at < $before OR ($history AND h.nth > 1 AND h.observed_at < $before)) AS observations,
       (SELECT count(*) FROM census
        WHERE kind = {kind} AND exported_on < CAST($before AS DATE) AND coalesce(original_title, CAST(popularity AS VARCHAR)) IS NOT NULL)
           AS exported;

-- name: purge_observations
-- Of a film whose copy goes, all; of the others, with $history, all but the newest, which was seen to be so since.
DELETE FROM {history} WHERE rowid IN (
    SELECT h.id FROM (
        SELECT rowid AS id, tmdb_id, observed_at,
               row_number() OVER (PARTITION BY tmdb_id ORDER BY observed_at DESC, rowid DESC) AS nth
        FROM {history}
    ) h JOIN {table} m ON m.tmdb_id = h.tmdb_id
    WHERE m.details_at < $before OR ($history AND h.nth > 1 AND h.observed_at < $before)
);

-- name: overdue_parts
SELECT part, list(tmdb_id) AS ids FROM parts WHERE kind = {kind} AND fetched_at < $before GROUP BY part;

-- name: purge_parts
DELETE FROM parts WHERE kind = {kind} AND fetched_at < $before;

-- name: purge_raw
DELETE FROM raw WHERE kind = {kind} AND observed_at < $before;

-- name: purge_etags
DELETE FROM etags WHERE kind = {kind} AND tmdb_id IN (SELECT tmdb_id FROM {table} WHERE details_at < $before);

-- name: purge_films
-- Rows without anything of TMDB's but the id, and whether it is gone or merged.
CREATE OR REPLACE TEMP TABLE merged AS
SELECT tmdb_id, first_seen_at, gone_at, merged_into, merged_at FROM {table} WHERE greatest(details_at, summary_at) < $before;

-- name: purge_details
-- Films that a list has named since: what the list said stays.
CREATE OR REPLACE TEMP TABLE merged AS
SELECT tmdb_id{and_summary_alike}, first_seen_at, summary_at, gone_at, merged_into, merged_at{and_popularity_at}
FROM {table} WHERE details_at < $before AND summary_at >= $before;

-- name: purge_exported_ids
UPDATE census SET original_title = NULL, popularity = NULL, adult = NULL, video = NULL
WHERE kind = {kind} AND exported_on < CAST($before AS DATE);

-- name: expiring
-- Films whose copy is to be fetched again before it must be removed; those that are gone can only be removed.
SELECT count(*) FILTER (m.at < $overdue) AS overdue,
       count(*) FILTER (m.at >= $overdue) AS expiring,
       count(*) FILTER (gone_at IS NOT NULL OR merged_into IS NOT NULL) AS not_to_be_had
FROM (SELECT coalesce(details_at, summary_at) AS at, gone_at, merged_into FROM {table}) m
WHERE m.at < $before;
