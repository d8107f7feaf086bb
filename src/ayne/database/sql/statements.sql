-- Each statement has a name; Python asks for it by that name. Values are always bound, never written in.

-- name: stage_summaries
CREATE OR REPLACE TEMP TABLE staged AS
SELECT tmdb_id, title, original_title, original_language, overview, release_date, genre_ids, vote_average, vote_count,
       popularity, adult, video, softcore, poster_path, backdrop_path, raw, summary_at
FROM movies LIMIT 0;

-- name: drop_stale_summaries
-- A list row may come out of a cache and be older than what is stored.
DELETE FROM staged USING movies
WHERE movies.tmdb_id = staged.tmdb_id
  AND greatest(movies.details_at, movies.summary_at, movies.gone_at) > staged.summary_at;

-- name: merge_summaries
-- What a list row leaves out does not undo what is known; the next details do.
-- A summary brings no genres' names and no companies; where there are details they stay, with the ids they go with.
CREATE OR REPLACE TEMP TABLE merged AS
SELECT m.* REPLACE (
           s.tmdb_id AS tmdb_id,
           coalesce(s.title, m.title) AS title,
           coalesce(s.original_title, m.original_title) AS original_title,
           coalesce(s.original_language, m.original_language) AS original_language,
           coalesce(s.overview, m.overview) AS overview,
           coalesce(s.release_date, m.release_date) AS release_date,
           CASE WHEN m.details_at IS NULL THEN s.genre_ids ELSE m.genre_ids END AS genre_ids,
           coalesce(s.vote_average, m.vote_average) AS vote_average,
           coalesce(s.vote_count, m.vote_count) AS vote_count,
           coalesce(s.popularity, m.popularity) AS popularity,
           coalesce(s.adult, m.adult) AS adult,
           coalesce(s.video, m.video) AS video,
           coalesce(s.softcore, m.softcore) AS softcore,
           coalesce(s.poster_path, m.poster_path) AS poster_path,
           coalesce(s.backdrop_path, m.backdrop_path) AS backdrop_path,
           CASE WHEN m.details_at IS NULL THEN s.raw ELSE m.raw END AS raw,
           coalesce(m.first_seen_at, $now) AS first_seen_at,
           s.summary_at AS summary_at,
           CAST(NULL AS TIMESTAMP) AS gone_at,
           CAST(NULL AS BIGINT) AS merged_into
       )
FROM staged s LEFT JOIN movies m ON m.tmdb_id = s.tmdb_id;

-- name: stage_details
CREATE OR REPLACE TEMP TABLE staged AS
SELECT * EXCLUDE (first_seen_at, summary_at, gone_at, merged_into) FROM movies LIMIT 0;

-- name: merge_details
CREATE OR REPLACE TEMP TABLE merged AS
SELECT s.*, coalesce(m.first_seen_at, $now) AS first_seen_at, m.summary_at AS summary_at
FROM staged s LEFT JOIN movies m ON m.tmdb_id = s.tmdb_id;

-- name: delete_merged
DELETE FROM movies WHERE tmdb_id IN (SELECT tmdb_id FROM merged);

-- name: insert_merged
INSERT INTO movies BY NAME SELECT * FROM merged;

-- name: forget_failures
DELETE FROM failures WHERE tmdb_id IN (SELECT unnest($ids));

-- name: mark_gone
UPDATE movies SET gone_at = $now WHERE tmdb_id IN (SELECT unnest($ids));

-- name: mark_merged
UPDATE movies SET merged_into = $into WHERE tmdb_id = $tmdb_id;

-- name: delete_ranges
DELETE FROM ranges WHERE sweep_id = $sweep_id AND range IN (SELECT unnest($ranges));

-- name: latest_sweep
SELECT sweep_id, started_at, finished_at FROM sweeps WHERE identity = $identity ORDER BY sweep_id DESC LIMIT 1;

-- name: begin_sweep
INSERT INTO sweeps (identity, last_day, started_at) VALUES ($identity, $last_day, $now) RETURNING sweep_id;

-- name: finish_sweep
UPDATE sweeps SET finished_at = $now WHERE sweep_id = $sweep_id;

-- name: forget_superseded
-- Which films an earlier sweep of the same span listed is of no use once a later one is finished.
DELETE FROM listed WHERE sweep_id IN (
    SELECT older.sweep_id FROM sweeps older JOIN sweeps newer USING (identity)
    WHERE newer.sweep_id = $sweep_id AND older.sweep_id < newer.sweep_id
);

-- name: ranges_of_sweep
SELECT start_date, end_date, min_votes, max_votes, with_genres, without_genres, state, pages, pages_done, rows,
       reported_low, reported_high
FROM ranges WHERE sweep_id = $sweep_id ORDER BY start_date, range;

-- name: ids_without_details
SELECT m.tmdb_id
FROM movies m LEFT JOIN failures f ON f.tmdb_id = m.tmdb_id
WHERE m.tmdb_id IN (SELECT tmdb_id FROM listed WHERE sweep_id = $sweep_id)
  AND m.details_at IS NULL AND m.gone_at IS NULL AND m.merged_into IS NULL
  AND (f.retry_at IS NULL OR f.retry_at <= $now)
ORDER BY f.tmdb_id IS NOT NULL, m.vote_count DESC NULLS LAST, m.popularity DESC NULLS LAST, m.tmdb_id
LIMIT $most;

-- name: count_waiting
SELECT count(*)
FROM movies m JOIN failures f ON f.tmdb_id = m.tmdb_id
WHERE m.tmdb_id IN (SELECT tmdb_id FROM listed WHERE sweep_id = $sweep_id)
  AND m.details_at IS NULL AND m.gone_at IS NULL AND m.merged_into IS NULL AND f.retry_at > $now;

-- name: ids_without_parts
SELECT m.tmdb_id
FROM movies m LEFT JOIN failures f ON f.tmdb_id = m.tmdb_id
WHERE m.tmdb_id IN (SELECT tmdb_id FROM listed WHERE sweep_id = $sweep_id)
  AND m.details_at IS NOT NULL AND m.gone_at IS NULL AND m.merged_into IS NULL
  AND (f.retry_at IS NULL OR f.retry_at <= $now)
  AND (SELECT count(*) FROM parts p WHERE p.tmdb_id = m.tmdb_id AND p.part IN (SELECT unnest($names))) < len($names)
ORDER BY f.tmdb_id IS NOT NULL, m.vote_count DESC NULLS LAST, m.popularity DESC NULLS LAST, m.tmdb_id
LIMIT $most;

-- name: count_stored
SELECT count(*) FROM movies
WHERE details_at IS NOT NULL AND release_date BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
  AND coalesce(vote_count, 0) >= $min_votes;

-- name: stored_copies
SELECT m.tmdb_id, m.status, m.release_date, m.details_at, f.tmdb_id IS NOT NULL AS failed
FROM movies m LEFT JOIN failures f ON f.tmdb_id = m.tmdb_id
WHERE m.details_at < $older_than AND m.gone_at IS NULL AND m.merged_into IS NULL
  AND (f.retry_at IS NULL OR f.retry_at <= $now);

-- name: begin_run
INSERT INTO runs (version, plan, started_at) VALUES ($version, $plan, $now) RETURNING run_id;

-- name: other_films
-- What this file already holds films of, if that is something else.
SELECT plan->>'server' AS server, plan->>'$.query.language' AS language FROM runs
WHERE (plan->>'server', coalesce(plan->>'$.query.language', 'en-US')) IS DISTINCT FROM ($server, $language) LIMIT 1;

-- name: finish_run
UPDATE runs SET finished_at = $now, outcome = $outcome, report = $report WHERE run_id = $run_id;

-- name: overview
SELECT count(*) AS films,
       count(*) FILTER (details_at IS NOT NULL AND gone_at IS NULL AND merged_into IS NULL) AS with_details,
       count(*) FILTER (details_at IS NULL AND gone_at IS NULL AND merged_into IS NULL) AS without_details,
       count(*) FILTER (gone_at IS NOT NULL) AS gone,
       count(*) FILTER (merged_into IS NOT NULL) AS merged,
       (SELECT count(*) FROM failures) AS failed,
       min(details_at) FILTER (gone_at IS NULL AND merged_into IS NULL) AS oldest_details_at,
       max(greatest(details_at, summary_at)) AS newest_at
FROM movies;

-- name: films_by_year
SELECT year(release_date) AS year, count(*) AS films, count(details_at) AS with_details
FROM movies WHERE gone_at IS NULL AND merged_into IS NULL
GROUP BY ALL ORDER BY year DESC NULLS LAST;

-- name: sweeps_overview
SELECT s.sweep_id, s.identity, s.started_at, s.finished_at,
       count(r.range) FILTER (r.state = 'open') AS open,
       count(r.range) FILTER (r.state IN ('complete', 'capped')) AS complete,
       count(r.range) FILTER (r.state = 'overfull') AS overfull,
       sum(r.rows) FILTER (r.state <> 'split') AS rows,
       sum(r.reported_high) FILTER (r.state <> 'split') AS reported,
       (SELECT count(DISTINCT tmdb_id) FROM listed l WHERE l.sweep_id = s.sweep_id) AS films
FROM sweeps s LEFT JOIN ranges r USING (sweep_id)
GROUP BY ALL ORDER BY s.sweep_id DESC LIMIT 10;

-- name: failures_by_reason
SELECT reason, count(*) AS films FROM failures GROUP BY ALL ORDER BY films DESC, reason;

-- name: latest_runs
SELECT run_id, started_at, finished_at, outcome, report FROM runs ORDER BY run_id DESC LIMIT 5;

-- name: export_movies
SELECT * FROM movies ORDER BY tmdb_id;

-- name: movie_by_tmdb_id
SELECT * FROM movies WHERE tmdb_id = $id;

-- name: movie_by_imdb_id
SELECT * FROM movies WHERE imdb_id = $id;
