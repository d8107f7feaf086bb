-- What the change feed names. As in statements.sql, each statement has a name and values are bound.

-- name: feed_position
-- Lists and exports count too: of a film that came after them only the feed tells. What is missing counts for nothing.
SELECT (SELECT watermark FROM change_feed WHERE feed = {kind}) AS watermark,
       least((SELECT min(details_at) FROM {table} WHERE gone_at IS NULL AND merged_into IS NULL),
             (SELECT min(started_at) FROM sweeps WHERE kind = {kind}),
             (SELECT min(day) FROM exports WHERE export IN ({exports}))) AS oldest;

-- name: days_of_feed
-- Of each of the last runs that read it, by the day; a first run fetches all that is there, so the middle one counts.
SELECT median(pages / days) AS pages, median(ours / days) AS ours, median(new / days) AS new
FROM (
    SELECT CAST(report->'$.feed.days' AS BIGINT) AS days, CAST(report->'$.feed.pages' AS BIGINT) AS pages,
           CAST(report->'$.feed.ours' AS BIGINT) AS ours,
           CAST(report->'$.details' AS BIGINT) + coalesce(CAST(report->'$.new_ids' AS BIGINT), 0) AS new
    FROM runs
    WHERE outcome = 'done' AND coalesce(report->>'$.kind', 'movie') = {kind}
      AND CAST(report->'$.feed.days' AS BIGINT) > 0
    ORDER BY run_id DESC LIMIT 7
);

-- name: stage_changed
-- Details that already show the change need not be asked for again, and films that are not stored only if they are wanted.
CREATE OR REPLACE TEMP TABLE staged_changed AS
SELECT n.tmdb_id,
       greatest(c.changed_by, CAST($changed_by AS TIMESTAMP)) AS changed_by,
       greatest(c.safe_at, CAST($safe_at AS TIMESTAMP)) AS safe_at,
       greatest(c.not_before, CAST($not_before AS TIMESTAMP)) AS not_before,
       coalesce(c.seen_at, CAST($now AS TIMESTAMP)) AS seen_at,
       m.details_at IS NOT NULL OR m.gone_at IS NOT NULL AS is_ours,
       c.tmdb_id IS NULL AS is_new
FROM (SELECT DISTINCT CAST(unnest($ids) AS BIGINT) AS tmdb_id) n
     LEFT JOIN {table} m ON m.tmdb_id = n.tmdb_id
     LEFT JOIN changed c ON c.kind = {kind} AND c.tmdb_id = n.tmdb_id
WHERE (m.details_at IS NOT NULL OR m.gone_at IS NOT NULL
       OR n.tmdb_id IN (SELECT unnest(CAST($may_add AS BIGINT[]))))
  AND (greatest(m.details_at, m.gone_at) IS NULL OR greatest(m.details_at, m.gone_at) < $safe_at);

-- name: delete_staged_changed
DELETE FROM changed WHERE kind = {kind} AND tmdb_id IN (SELECT tmdb_id FROM staged_changed);

-- name: insert_staged_changed
INSERT INTO changed BY NAME SELECT * EXCLUDE (is_ours, is_new), {kind} AS kind FROM staged_changed;

-- name: count_staged_changed
SELECT count(*) FILTER (is_ours AND is_new), count(*) FILTER (NOT is_ours AND is_new) FROM staged_changed;

-- name: changed_without_row
SELECT tmdb_id FROM changed WHERE kind = {kind} AND tmdb_id NOT IN (SELECT tmdb_id FROM {table});

-- name: move_watermark
INSERT OR REPLACE INTO change_feed VALUES ({kind}, $day, $now);

-- name: settle_changed
-- What TMDB said of these films was made at these moments; late enough, it shows the change.
DELETE FROM changed USING (SELECT unnest($ids) AS tmdb_id, CAST(unnest($moments) AS TIMESTAMP) AS moment) a
WHERE changed.kind = {kind} AND changed.tmdb_id = a.tmdb_id AND a.moment >= changed.safe_at;

-- name: postpone_changed
-- Too early: by then the answer lies in no cache any more.
UPDATE changed SET not_before = greatest(changed.safe_at, a.moment + INTERVAL 8 HOUR)
FROM (SELECT unnest($ids) AS tmdb_id, CAST(unnest($moments) AS TIMESTAMP) AS moment) a
WHERE changed.kind = {kind} AND changed.tmdb_id = a.tmdb_id;

-- name: change_feed_overview
SELECT (SELECT watermark FROM change_feed WHERE feed = {kind}) AS watermark,
       (SELECT count(*) FROM changed WHERE kind = {kind}) AS changed;
