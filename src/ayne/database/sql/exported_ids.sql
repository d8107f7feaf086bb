-- The ids of the daily exports. As in statements.sql, each statement has a name and values are bound.

-- name: stage_export
CREATE OR REPLACE TEMP TABLE staged_export (
    tmdb_id BIGINT, original_title VARCHAR, popularity DOUBLE, adult BOOLEAN, video BOOLEAN
);

-- name: drop_repeated_exports
-- Of two lines with one id the last counts.
DELETE FROM staged_export WHERE rowid NOT IN (SELECT max(rowid) FROM staged_export GROUP BY tmdb_id);

-- name: count_exported
SELECT count(*) FROM staged_export;

-- name: drop_overtaken_exports
-- A film can move from one export to the other; what the newer day says of it is left alone.
DELETE FROM staged_export WHERE tmdb_id IN (SELECT tmdb_id FROM census WHERE kind = {kind} AND exported_on > $day);

-- name: merge_export
CREATE OR REPLACE TEMP TABLE merged_export AS
SELECT s.tmdb_id, s.original_title, s.popularity, coalesce(s.adult, CASE WHEN $export LIKE 'adult_%' THEN true END) AS adult,
       s.video, CAST($export AS VARCHAR) AS export, CAST($day AS DATE) AS exported_on,
       least(c.first_exported_on, CAST($day AS DATE)) AS first_exported_on, c.gone_at, c.merged_into, {kind} AS kind
FROM staged_export s LEFT JOIN census c ON c.kind = {kind} AND c.tmdb_id = s.tmdb_id;

-- name: delete_merged_export
DELETE FROM census WHERE kind = {kind} AND tmdb_id IN (SELECT tmdb_id FROM merged_export);

-- name: insert_merged_export
INSERT INTO census BY NAME SELECT * FROM merged_export;

-- name: note_exported_popularity
-- Before it is taken over: of what is followed, as far as it differs by more than a share from what was noted last.
INSERT INTO {history} BY NAME
WITH last AS (
    SELECT tmdb_id, unnest(max_by(h, (observed_at, rowid))) FROM {history} h
    WHERE tmdb_id IN (SELECT tmdb_id FROM staged_export) GROUP BY tmdb_id
)
SELECT s.tmdb_id, CAST($at AS TIMESTAMP) AS observed_at, {tracked_of_exported}, false AS gone, 'export' AS source
FROM staged_export s JOIN {table} m ON m.tmdb_id = s.tmdb_id JOIN last l ON l.tmdb_id = s.tmdb_id
WHERE s.popularity IS NOT NULL AND coalesce({popularity_known_at} < $at, true)
  AND NOT l.gone AND l.merged_into IS NULL AND l.observed_at <= $at
  AND coalesce(abs(s.popularity - l.{popularity}) > $least * l.{popularity}, true);

-- name: take_exported_popularity
-- What is known from a later moment stays.
UPDATE {table} AS m SET {popularity} = s.popularity, popularity_at = $at
FROM staged_export s
WHERE m.tmdb_id = s.tmdb_id AND s.popularity IS NOT NULL AND coalesce({popularity_known_at} < $at, true)
  AND m.gone_at IS NULL AND m.merged_into IS NULL;

-- name: rename_by_export
-- What details or a later day's export say stays.
UPDATE {table} AS m SET {title} = coalesce(s.original_title, m.{title}), summary_at = $at
FROM staged_export s
WHERE m.tmdb_id = s.tmdb_id AND coalesce(greatest(m.details_at, m.summary_at) < $at, true)
  AND m.gone_at IS NULL AND m.merged_into IS NULL;

-- name: name_by_export
INSERT INTO {table} (tmdb_id, {title}, first_seen_at, summary_at)
SELECT tmdb_id, original_title, CAST($now AS TIMESTAMP), CAST($at AS TIMESTAMP) FROM staged_export
WHERE tmdb_id NOT IN (SELECT tmdb_id FROM {table});

-- name: forget_staged_export
DROP TABLE staged_export; DROP TABLE IF EXISTS merged_export;

-- name: finish_export
INSERT OR REPLACE INTO exports VALUES ($export, $day, $bytes, $films, $unreadable, $now);

-- name: newest_export
SELECT export, day, films, unreadable FROM exports WHERE export = $export ORDER BY day DESC LIMIT 1;

-- name: begin_new_ids
-- How far an export was looked through for new ids stands beside the feeds. What the first export names is not new.
INSERT OR IGNORE INTO change_feed
SELECT export, max(day), CAST($now AS TIMESTAMP) FROM exports WHERE export IN (SELECT unnest($names)) GROUP BY export;

-- name: count_begun
SELECT count(*) FROM change_feed WHERE feed IN (SELECT unnest($names));

-- name: enter_new_ids
-- An answer shows what is new eight hours after the midnight as of which an export is: then no cache says 404 any more.
INSERT INTO changed BY NAME
SELECT c.tmdb_id, c.exported_on::TIMESTAMP AS changed_by, c.exported_on::TIMESTAMP + INTERVAL 8 HOUR AS safe_at,
       CAST($now AS TIMESTAMP) AS not_before, CAST($now AS TIMESTAMP) AS seen_at, {kind} AS kind
FROM census c JOIN change_feed f ON f.feed = c.export
WHERE c.kind = {kind} AND c.export IN (SELECT unnest($names)) AND c.first_exported_on > f.watermark
  AND ($include_video OR c.video IS NOT true)
  AND c.gone_at IS NULL AND c.merged_into IS NULL
  AND c.tmdb_id NOT IN (SELECT tmdb_id FROM {table})
  AND c.tmdb_id NOT IN (SELECT tmdb_id FROM changed WHERE kind = {kind});

-- name: move_past_new_ids
INSERT OR REPLACE INTO change_feed
SELECT export, max(day), CAST($now AS TIMESTAMP) FROM exports WHERE export IN (SELECT unnest($names)) GROUP BY export;

-- name: mark_gone_in_exports
-- A film that has a row in movies is marked there.
UPDATE census SET gone_at = mark.moment
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment) mark
WHERE census.kind = {kind} AND census.tmdb_id = mark.tmdb_id AND census.tmdb_id NOT IN (SELECT tmdb_id FROM {table});

-- name: mark_merged_in_exports
UPDATE census SET merged_into = m.target, gone_at = m.moment
FROM (SELECT unnest($ids) AS tmdb_id, unnest($targets) AS target, unnest($moments) AS moment) m
WHERE census.kind = {kind} AND census.tmdb_id = m.tmdb_id AND census.tmdb_id NOT IN (SELECT tmdb_id FROM {table});

-- name: ids_from_exports
-- What TMDB once answered 404, or with another film, is asked for again only when an export made a week later still names
-- it.
SELECT c.tmdb_id
FROM census c
JOIN (SELECT export, max(day) AS day FROM exports GROUP BY export) e ON e.export = c.export AND e.day = c.exported_on
LEFT JOIN {table} m ON m.tmdb_id = c.tmdb_id
LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = c.tmdb_id
WHERE c.kind = {kind} AND (
      m.details_at IS NULL OR m.gone_at IS NOT NULL OR m.merged_into IS NOT NULL
      OR (SELECT count(*) FROM parts p WHERE p.kind = {kind} AND p.tmdb_id = c.tmdb_id AND p.part IN (SELECT unnest($names))) < len($names)
  )
  AND coalesce(c.exported_on > CASE WHEN m.tmdb_id IS NULL THEN c.gone_at ELSE greatest(m.gone_at, m.merged_at) END
                               + INTERVAL 7 DAY, true)
  AND (f.retry_at IS NULL OR f.retry_at <= $now)
  AND (c.popularity >= $min_popularity OR $min_popularity IS NULL)
  AND ($include_adult OR c.adult IS NOT true)
  AND ($include_video OR c.video IS NOT true)
ORDER BY f.tmdb_id IS NOT NULL, c.popularity DESC NULLS LAST, c.tmdb_id
LIMIT $most;

-- name: count_waiting_in_exports
SELECT count(*)
FROM census c
JOIN (SELECT export, max(day) AS day FROM exports GROUP BY export) e ON e.export = c.export AND e.day = c.exported_on
JOIN failures f ON f.kind = {kind} AND f.tmdb_id = c.tmdb_id
LEFT JOIN {table} m ON m.tmdb_id = c.tmdb_id
WHERE c.kind = {kind} AND m.details_at IS NULL AND f.retry_at > $now;

-- name: reconcile
WITH exported AS (
    SELECT c.*
    FROM census c
    JOIN (SELECT export, max(day) AS day FROM exports GROUP BY export) e
      ON e.export = c.export AND e.day = c.exported_on
    WHERE c.kind = {kind}
), swept AS (
    SELECT DISTINCT tmdb_id FROM listed
    WHERE sweep_id IN (SELECT sweep_id FROM sweeps WHERE kind = {kind} AND finished_at IS NOT NULL)
), joined AS (
    SELECT x.tmdb_id IS NOT NULL AS in_export, s.tmdb_id IS NOT NULL AS in_sweep,
           CASE WHEN x.video THEN 'video'
                WHEN x.adult THEN 'adult'
                WHEN m.details_at IS NOT NULL AND {m.day} IS NULL THEN 'undated'
                WHEN coalesce(m.gone_at, x.gone_at) IS NOT NULL OR coalesce(m.merged_into, x.merged_into) IS NOT NULL
                THEN 'gone'
                WHEN m.details_at IS NULL THEN 'unasked'
                ELSE 'dated'
           END AS why
    FROM exported x FULL JOIN swept s ON s.tmdb_id = x.tmdb_id LEFT JOIN {table} m ON m.tmdb_id = x.tmdb_id
)
SELECT count(*) FILTER (in_export) AS exported,
       count(*) FILTER (in_sweep) AS listed,
       count(*) FILTER (in_export AND in_sweep) AS "both",
       count(*) FILTER (NOT in_sweep) AS only_in_export,
       count(*) FILTER (NOT in_export) AS only_listed,
       count(*) FILTER (NOT in_sweep AND why = 'video') AS only_in_export_video,
       count(*) FILTER (NOT in_sweep AND why = 'adult') AS only_in_export_adult,
       count(*) FILTER (NOT in_sweep AND why = 'undated') AS only_in_export_undated,
       count(*) FILTER (NOT in_sweep AND why = 'gone') AS only_in_export_gone,
       count(*) FILTER (NOT in_sweep AND why = 'dated') AS only_in_export_dated,
       count(*) FILTER (NOT in_sweep AND why = 'unasked') AS only_in_export_unasked,
       count(*) AS "union"
FROM joined;

-- name: only_in_export
SELECT c.tmdb_id, c.original_title, c.popularity, c.adult, c.video, {m.day},
       m.details_at IS NOT NULL AS with_details, coalesce(m.gone_at, c.gone_at) AS gone_at,
       coalesce(m.merged_into, c.merged_into) AS merged_into
FROM census c
JOIN (SELECT export, max(day) AS day FROM exports GROUP BY export) e ON e.export = c.export AND e.day = c.exported_on
LEFT JOIN {table} m ON m.tmdb_id = c.tmdb_id
WHERE c.kind = {kind} AND NOT EXISTS (
    SELECT 1 FROM listed l JOIN sweeps s USING (sweep_id)
    WHERE s.kind = {kind} AND l.tmdb_id = c.tmdb_id AND s.finished_at IS NOT NULL
)
ORDER BY c.popularity DESC NULLS LAST, c.tmdb_id
LIMIT $most;

-- name: only_listed
-- Left by TMDB since the sweep, or added since the export; or of a kind whose export is not stored.
SELECT s.tmdb_id, {m.title}, {m.day}, {m.votes}, {m.adult}, {m.video}, m.first_seen_at, m.gone_at, m.merged_into
FROM (
    SELECT DISTINCT tmdb_id FROM listed
    WHERE sweep_id IN (SELECT sweep_id FROM sweeps WHERE kind = {kind} AND finished_at IS NOT NULL)
) s
LEFT JOIN {table} m ON m.tmdb_id = s.tmdb_id
WHERE NOT EXISTS (
    SELECT 1 FROM census c
    JOIN (SELECT export, max(day) AS day FROM exports GROUP BY export) e
      ON e.export = c.export AND e.day = c.exported_on
    WHERE c.kind = {kind} AND c.tmdb_id = s.tmdb_id
)
ORDER BY {m.votes} DESC NULLS LAST, s.tmdb_id
LIMIT $most;
