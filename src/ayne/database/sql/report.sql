-- What a report says of the films: everything is added up here, so that a million of them need no more memory than ten.

-- name: report_overview
SELECT count(*) AS films,
       count(details_at) AS with_details,
       year(min(release_date)) AS first_year,
       year(max(release_date)) AS last_year,
       least(coalesce(sum(vote_count), 0), 9223372036854775807)::BIGINT AS votes,
       count(*) FILTER (vote_average IS NOT NULL) AS rated,
       count(*) FILTER (budget IS NOT NULL AND revenue IS NOT NULL) AS with_money,
       count(*) FILTER (revenue >= budget) AS paying,
       count(*) FILTER (release_date IS NULL) AS undated,
       min(details_at) AS oldest_details_at,
       max(greatest(details_at, summary_at)) AS newest_at,
       (SELECT count(*) FROM movies WHERE gone_at IS NOT NULL) AS gone,
       (SELECT count(*) FROM movies WHERE merged_into IS NOT NULL AND gone_at IS NULL) AS merged,
       (SELECT count(*) FROM failures WHERE kind = {kind}) AS failed
FROM films;

-- name: report_averages
-- Steps of half a point, as voters give them; a film counts once, however many voted.
SELECT source, step, count(*) AS films
FROM (
    SELECT 'TMDB' AS source, floor(vote_average * 2) / 2 AS step FROM films WHERE vote_average IS NOT NULL
    UNION ALL
    SELECT unnest(['IMDb', 'Metacritic', 'Rotten Tomatoes']) AS source,
           unnest([floor(imdb_rating * 2) / 2, floor(metascore / 5) / 2, floor(rotten_tomatoes / 5) / 2]) AS step
    FROM ratings WHERE imdb_id IN (SELECT imdb_id FROM films)
)
WHERE step BETWEEN 0 AND 10
GROUP BY ALL ORDER BY source, step;

-- name: report_averages_by_year
-- Films hardly anybody voted for say more of the voter than of the year.
SELECT year(release_date) AS year, count(*) AS films, quantile_cont(vote_average, [0.25, 0.5, 0.75]) AS quartiles
FROM films WHERE vote_count >= 20 AND vote_average IS NOT NULL AND release_date IS NOT NULL
GROUP BY ALL ORDER BY year;

-- name: report_money
SELECT title, year(release_date) AS year, budget, revenue
FROM films WHERE budget >= 1000 AND revenue >= 1000
ORDER BY vote_count DESC NULLS LAST, tmdb_id LIMIT $most;

-- name: report_genres
SELECT year, genre, count(*) AS films
FROM (SELECT year(release_date) AS year, unnest(genres) AS genre FROM films WHERE release_date IS NOT NULL)
WHERE genre IS NOT NULL
GROUP BY ALL ORDER BY year, genre;

-- name: report_languages
SELECT original_language AS language, count(*) AS films
FROM films WHERE original_language IS NOT NULL GROUP BY ALL ORDER BY films DESC, language;

-- name: report_ages
-- In weeks, as the copies are at this moment.
SELECT greatest(0, date_diff('day', details_at, CAST($now AS TIMESTAMP)) // 7) AS week, count(*) AS films
FROM films WHERE details_at IS NOT NULL GROUP BY ALL ORDER BY week;

-- name: report_unproven
SELECT sweep_id, range, state, distinct_films, reported_high AS reported, count(*) OVER () AS ranges
FROM ranges JOIN sweeps USING (sweep_id) WHERE kind = {kind} AND state NOT IN ('split', 'proven')
ORDER BY sweep_id DESC, start_date DESC, range LIMIT $most;

-- name: report_runs
SELECT run_id, version, started_at, finished_at, outcome, plan, report FROM runs ORDER BY run_id DESC LIMIT $most;

-- name: report_run_totals
SELECT count(*) AS runs,
       coalesce(least(sum(TRY_CAST(report->>'requests' AS BIGINT)), 9223372036854775807), 0)::BIGINT AS requests,
       coalesce(least(sum(TRY_CAST(report->>'bytes_received' AS BIGINT)), 9223372036854775807), 0)::BIGINT AS bytes_received,
       coalesce(sum(TRY_CAST(report->>'seconds' AS DOUBLE)), 0) AS seconds
FROM runs;

-- name: report_films
SELECT f.tmdb_id, f.title, f.original_title, f.release_date, f.genres, f.original_language, f.runtime, f.vote_average,
       f.vote_count, r.imdb_rating, f.budget, f.revenue
FROM films f LEFT JOIN ratings r ON r.imdb_id = f.imdb_id AND r.fetched_at IS NOT NULL
ORDER BY f.vote_count DESC NULLS LAST, f.popularity DESC NULLS LAST, f.tmdb_id LIMIT $most;
