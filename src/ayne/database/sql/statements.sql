-- Each statement has a name; Python asks for it by that name. Values are always bound, never written in.

-- name: stage_summaries
CREATE OR REPLACE TEMP TABLE staged AS
SELECT tmdb_id{and_summary}, raw, summary_at
FROM {table} LIMIT 0;

-- name: drop_stale_summaries
-- A list row may come out of a cache and be older than what is stored. And a list is made of what was there at midnight:
-- what it says of a film is only certain to be newer than its details two days after them.
DELETE FROM staged USING {table}
WHERE {table}.tmdb_id = staged.tmdb_id
  AND greatest({table}.details_at + INTERVAL 2 DAY, {table}.summary_at, {table}.gone_at) > staged.summary_at;

-- name: merge_summaries
-- What a list row leaves out does not undo what is known; the next details do.
-- For the same reason only a list of two days later is word of a return.
-- A summary brings no genres' names and no companies; where there are details they stay, with the ids they go with.
CREATE OR REPLACE TEMP TABLE merged AS
SELECT m.* REPLACE (
           s.tmdb_id AS tmdb_id{and_summary_over_stored},
           CASE WHEN m.details_at IS NULL THEN s.raw ELSE m.raw END AS raw,
           coalesce(m.first_seen_at, $now) AS first_seen_at,
           s.summary_at AS summary_at,
           CASE WHEN s.summary_at <= m.gone_at + INTERVAL 2 DAY THEN m.gone_at END AS gone_at,
           CASE WHEN s.summary_at <= m.merged_at + INTERVAL 2 DAY THEN m.merged_into END AS merged_into,
           CASE WHEN s.summary_at <= m.merged_at + INTERVAL 2 DAY THEN m.merged_at END AS merged_at
       )
FROM staged s LEFT JOIN {table} m ON m.tmdb_id = s.tmdb_id;

-- name: stage_details
CREATE OR REPLACE TEMP TABLE staged AS
SELECT {columns}, raw, details_at FROM {table} LIMIT 0;

-- name: merge_details
CREATE OR REPLACE TEMP TABLE merged AS
SELECT s.* {newest_popularity}, coalesce(m.first_seen_at, $now) AS first_seen_at, m.summary_at AS summary_at,
       CASE WHEN m.gone_at > s.details_at THEN m.gone_at END AS gone_at,
       CASE WHEN m.merged_at > s.details_at THEN m.merged_into END AS merged_into,
       CASE WHEN m.merged_at > s.details_at THEN m.merged_at END AS merged_at{and_its_moment}
FROM staged s LEFT JOIN {table} m ON m.tmdb_id = s.tmdb_id;

-- name: delete_merged
DELETE FROM {table} WHERE tmdb_id IN (SELECT tmdb_id FROM merged);

-- name: insert_merged
INSERT INTO {table} BY NAME SELECT * FROM merged;

-- name: forget_failures
DELETE FROM failures WHERE kind = {kind} AND tmdb_id IN (SELECT unnest($ids));

-- name: delete_ranges
DELETE FROM ranges WHERE sweep_id = $sweep_id AND range IN (SELECT unnest($ranges));

-- name: latest_sweep
SELECT sweep_id, started_at, finished_at FROM sweeps
WHERE kind = {kind} AND identity = $identity ORDER BY sweep_id DESC LIMIT 1;

-- name: begin_sweep
INSERT INTO sweeps (kind, identity, last_day, started_at) VALUES ({kind}, $identity, $last_day, $now) RETURNING sweep_id;

-- name: finish_sweep
UPDATE sweeps SET finished_at = $now WHERE sweep_id = $sweep_id;

-- name: forget_superseded
-- Which films an earlier sweep of the same span listed is of no use once a later one is finished; but for those that the
-- later one does not list any more, and of which nobody has asked what became of them.
DELETE FROM listed WHERE sweep_id IN (
    SELECT older.sweep_id FROM sweeps older JOIN sweeps newer USING (kind, identity)
    WHERE newer.sweep_id = $sweep_id AND older.sweep_id < newer.sweep_id
)
AND (tmdb_id IN (SELECT tmdb_id FROM listed WHERE sweep_id = $sweep_id)
     OR tmdb_id NOT IN (SELECT tmdb_id FROM {table}
                        WHERE details_at IS NULL AND gone_at IS NULL AND merged_into IS NULL));

-- name: ranges_of_sweep
SELECT start_date, end_date, min_votes, max_votes, with_genres, without_genres, state, pages, pages_done, sweeps, rows,
       distinct_films, reported_low, reported_high
FROM ranges WHERE sweep_id = $sweep_id ORDER BY start_date, range;

-- name: listed_in_open_ranges
-- By what is stored of them: a film stands in each range it lies in, wherever the sweep met it.
SELECT DISTINCT m.tmdb_id, {m.day}, {m.votes}, {m.genres}
FROM listed l
     JOIN {table} m ON m.tmdb_id = l.tmdb_id
     JOIN ranges r ON r.sweep_id = l.sweep_id AND {m.day} BETWEEN r.start_date AND r.end_date
WHERE l.sweep_id = $sweep_id AND r.state = 'open' AND r.rows + r.distinct_films > 0;

-- name: films_of_day
-- How many films of each day are stored that a sweep of this plan would list.
SELECT {.day}, count(*)
FROM {table}
WHERE {.day} BETWEEN $first AND $last AND coalesce({.votes}, 0) >= $min_votes
  AND (NOT coalesce({.adult}, false) OR $adult) AND (NOT coalesce({.video}, false) OR $video)
  AND gone_at IS NULL AND merged_into IS NULL
GROUP BY ALL;

-- name: coverage
-- What TMDB reported of the ranges of a sweep, and what is there; a range that was split is covered by its pieces.
SELECT coalesce(sum(distinct_films), 0)::BIGINT AS films,
       coalesce(sum(reported_high), 0)::BIGINT AS reported,
       count(*) FILTER (state = 'proven') AS proven,
       count(*) FILTER (state = 'best effort') AS best_effort,
       count(*) FILTER (state = 'capped') AS capped,
       count(*) FILTER (state = 'overfull') AS overfull,
       count(*) FILTER (state = 'open') AS open
FROM ranges WHERE sweep_id = $sweep_id AND state <> 'split';

-- name: stored_of_sweeps
-- A film that is gone or merged lacks nothing.
SELECT count(*) AS listed, count(details_at) AS with_details,
       count(*) FILTER (details_at IS NULL AND gone_at IS NULL AND merged_into IS NULL) AS without_details
FROM {table} WHERE tmdb_id IN (SELECT tmdb_id FROM listed WHERE sweep_id IN (SELECT unnest($sweep_ids)));

-- name: ids_without_details
-- Also of films that only an earlier sweep of the same span listed: they are gone from the list, or from TMDB.
SELECT m.tmdb_id
FROM {table} m LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = m.tmdb_id
WHERE m.tmdb_id IN (SELECT l.tmdb_id FROM listed l JOIN sweeps s USING (sweep_id) JOIN sweeps this USING (kind, identity)
                    WHERE this.sweep_id = $sweep_id)
  AND m.details_at IS NULL AND m.gone_at IS NULL AND m.merged_into IS NULL
  AND (f.retry_at IS NULL OR f.retry_at <= $now)
ORDER BY f.tmdb_id IS NOT NULL, {m.votes} DESC NULLS LAST, {m.popularity} DESC NULLS LAST, m.tmdb_id
LIMIT $most;

-- name: count_waiting
SELECT count(*)
FROM {table} m JOIN failures f ON f.kind = {kind} AND f.tmdb_id = m.tmdb_id
WHERE m.tmdb_id IN (SELECT l.tmdb_id FROM listed l JOIN sweeps s USING (sweep_id) JOIN sweeps this USING (kind, identity)
                    WHERE this.sweep_id = $sweep_id)
  AND m.details_at IS NULL AND m.gone_at IS NULL AND m.merged_into IS NULL AND f.retry_at > $now;

-- name: ids_without_parts
SELECT m.tmdb_id
FROM {table} m LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = m.tmdb_id
WHERE m.tmdb_id IN (SELECT tmdb_id FROM listed WHERE sweep_id = $sweep_id)
  AND m.details_at IS NOT NULL AND m.gone_at IS NULL AND m.merged_into IS NULL
  AND (f.retry_at IS NULL OR f.retry_at <= $now)
  AND (SELECT count(*) FROM parts p WHERE p.kind = {kind} AND p.tmdb_id = m.tmdb_id AND p.part IN (SELECT unnest($names))) < len($names)
ORDER BY f.tmdb_id IS NOT NULL, {m.votes} DESC NULLS LAST, {m.popularity} DESC NULLS LAST, m.tmdb_id
LIMIT $most;

-- name: named_ids
-- What live rows of other kinds name and what has no details; what most of them name comes first.
SELECT n.tmdb_id
FROM ({named}) n LEFT JOIN {table} m ON m.tmdb_id = n.tmdb_id LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = n.tmdb_id
WHERE n.tmdb_id IS NOT NULL AND m.details_at IS NULL AND m.gone_at IS NULL AND m.merged_into IS NULL
  AND (f.retry_at IS NULL OR f.retry_at <= $now)
GROUP BY n.tmdb_id
ORDER BY bool_or(f.tmdb_id IS NOT NULL), count(*) DESC, n.tmdb_id
LIMIT $most;

-- name: count_details
SELECT count(*) AS held, count(details_at) AS with_details FROM {live};

-- name: count_stored
SELECT count(*) FROM {table}
WHERE details_at IS NOT NULL AND {.day} BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
  AND coalesce({.votes}, 0) >= $min_votes;

-- name: stored_copies
-- Films that may be due; the condition lets through all that are, and few others. Of a film that is gone or merged, and
-- of one that is not stored, only a change matters.
SELECT m.tmdb_id, {m.status}, {m.day},
       CASE WHEN m.gone_at IS NULL AND m.merged_into IS NULL THEN m.details_at END AS details_at,
       f.tmdb_id IS NOT NULL AS failed, {m.votes}, {m.popularity}, c.changed_by, {m.latest}, {m.upcoming}
FROM {table} m
     LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = m.tmdb_id
     LEFT JOIN changed c ON c.kind = {kind} AND c.tmdb_id = m.tmdb_id AND c.not_before <= $now
WHERE (f.retry_at IS NULL OR f.retry_at <= $now)
  AND (c.tmdb_id IS NOT NULL
       OR m.gone_at IS NULL AND m.merged_into IS NULL
          AND m.details_at <= CASE
              WHEN greatest({m.latest}, {m.upcoming}) > $released_after THEN CAST($going_on_before AS TIMESTAMP)
              WHEN ({m.day} IS NULL AND NOT {is_dateless} OR {m.day} > $released_after) AND greatest({m.latest}, {m.upcoming}) IS NULL
              THEN CAST($young_before AS TIMESTAMP)
              WHEN coalesce({m.votes}, 0) < $quiet_votes AND coalesce({m.popularity}, 0) < $quiet_popularity
              THEN CAST($quiet_before AS TIMESTAMP)
              ELSE CAST($old_before AS TIMESTAMP)
          END)
UNION ALL
SELECT c.tmdb_id, NULL, NULL, NULL, f.tmdb_id IS NOT NULL, NULL, NULL, c.changed_by, NULL, NULL
FROM changed c LEFT JOIN failures f ON f.kind = {kind} AND f.tmdb_id = c.tmdb_id
WHERE c.kind = {kind} AND c.tmdb_id NOT IN (SELECT tmdb_id FROM {table}) AND c.not_before <= $now
  AND (f.retry_at IS NULL OR f.retry_at <= $now);

-- name: parts_of_films
SELECT tmdb_id, list(part ORDER BY part) AS parts
FROM parts WHERE kind = {kind} AND tmdb_id IN (SELECT unnest($ids)) GROUP BY tmdb_id;

-- name: begin_run
INSERT INTO runs (version, plan, started_at) VALUES ($version, $plan, $now) RETURNING run_id;

-- name: last_asked
-- Whom the last run asked, and in which language, if that is another than now.
SELECT plan->>'server' AS server, plan->>'$.query.language' AS language
FROM (FROM runs ORDER BY run_id DESC LIMIT 1)
WHERE (plan->>'server', coalesce(plan->>'$.query.language', 'en-US')) IS DISTINCT FROM ($server, $language);

-- name: has_rows
SELECT EXISTS (FROM {table});

-- name: forget_what_was_learned
-- A file without films may be asked of somebody else, of whom nothing holds that was learned from the one before.
DELETE FROM listed; DELETE FROM ranges; DELETE FROM sweeps; DELETE FROM failures;
DELETE FROM exports; DELETE FROM census; DELETE FROM change_feed; DELETE FROM changed; DELETE FROM given;

-- name: finish_run
UPDATE runs SET finished_at = $now, outcome = $outcome, report = $report WHERE run_id = $run_id;

-- name: overview
SELECT count(*) AS films,
       count(*) FILTER (details_at IS NOT NULL AND gone_at IS NULL AND merged_into IS NULL) AS with_details,
       count(*) FILTER (details_at IS NULL AND gone_at IS NULL AND merged_into IS NULL) AS without_details,
       count(*) FILTER (gone_at IS NOT NULL) AS gone,
       count(*) FILTER (merged_into IS NOT NULL AND gone_at IS NULL) AS merged,
       (SELECT count(*) FROM failures WHERE kind = {kind}) AS failed,
       min(details_at) FILTER (gone_at IS NULL AND merged_into IS NULL) AS oldest_details_at,
       max(greatest(details_at, summary_at)) AS newest_at
FROM {table};

-- name: films_by_year
-- Coverage is that of the newest sweep that reached into the year; a range across years has no numbers by year.
-- A year of which TMDB reported films, and none is stored yet, is a year too.
WITH found AS (
    SELECT year({.day}) AS year, count(*) AS films, count(details_at) AS with_details
    FROM {table} WHERE gone_at IS NULL AND merged_into IS NULL GROUP BY ALL
), stored AS (
    FROM found
    UNION ALL
    SELECT DISTINCT year(start_date) AS year, 0, 0 FROM ranges JOIN sweeps USING (sweep_id)
    WHERE kind = {kind} AND state <> 'split' AND year(start_date) = year(end_date) AND reported_high > 0
      AND year(start_date) NOT IN (SELECT year FROM found WHERE year IS NOT NULL)
), reached AS (
    SELECT s.year, r.sweep_id, r.state, r.distinct_films, r.reported_high,
           year(r.start_date) = year(r.end_date) AS is_of_one_year
    FROM stored s
         JOIN ranges r ON s.year BETWEEN year(r.start_date) AND year(r.end_date) AND r.state <> 'split'
         JOIN sweeps w ON w.sweep_id = r.sweep_id AND w.kind = {kind}
    QUALIFY r.sweep_id = max(r.sweep_id) OVER (PARTITION BY s.year)
), coverage AS (
    SELECT year,
           CASE WHEN bool_and(is_of_one_year) THEN sum(distinct_films) END AS listed,
           CASE WHEN bool_and(is_of_one_year) THEN sum(reported_high) END AS reported,
           -- The worst of them.
           list_extract(['open', 'overfull', 'capped', 'best effort', 'proven'], min(list_position(
               ['open', 'overfull', 'capped', 'best effort', 'proven'], state))) AS coverage
    FROM reached GROUP BY ALL
)
SELECT stored.year, films, with_details, listed, reported, coverage
FROM stored LEFT JOIN coverage USING (year)
ORDER BY stored.year DESC NULLS LAST;

-- name: sweeps_overview
SELECT s.sweep_id, s.identity, s.started_at, s.finished_at,
       count(r.range) FILTER (r.state = 'open') AS open,
       count(r.range) FILTER (r.state = 'proven') AS proven,
       count(r.range) FILTER (r.state = 'best effort') AS best_effort,
       count(r.range) FILTER (r.state = 'capped') AS capped,
       count(r.range) FILTER (r.state = 'overfull') AS overfull,
       sum(r.distinct_films) FILTER (r.state <> 'split') AS films,
       sum(r.reported_high) FILTER (r.state <> 'split') AS reported,
       sum(len(r.pages_done)) AS pages
FROM sweeps s LEFT JOIN ranges r USING (sweep_id)
WHERE s.kind = {kind}
GROUP BY ALL ORDER BY s.sweep_id DESC LIMIT 10;

-- name: failures_by_reason
SELECT reason, count(*) AS films FROM failures WHERE kind = {kind} GROUP BY ALL ORDER BY films DESC, reason;

-- name: latest_runs
SELECT run_id, started_at, finished_at, outcome, report FROM runs ORDER BY run_id DESC LIMIT 5;

-- name: table_comment
SELECT max(comment) FROM duckdb_tables() WHERE table_name = $table;

-- name: column_comments
SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = $table ORDER BY column_index;

-- name: movie_by_tmdb_id
SELECT * FROM {table} WHERE tmdb_id = $id;

-- name: movie_by_imdb_id
SELECT * FROM {table} WHERE {.imdb_id} = $id{or_by_external_ids};
