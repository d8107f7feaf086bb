-- Parts of films and the answers they come from. As in statements.sql, each statement has a name and values are bound.

-- name: stored_parts
-- Where a film has nothing of a part yet, there is nothing to delete, and a table of millions need not be searched.
SELECT part, list(tmdb_id) AS ids FROM parts
WHERE kind = {kind} AND rows > 0 AND (tmdb_id, part) IN (SELECT unnest($ids), unnest($names))
GROUP BY part;

-- name: delete_parts
DELETE FROM parts WHERE kind = {kind} AND (tmdb_id, part) IN (SELECT unnest($ids), unnest($names));

-- name: delete_raw
-- An answer is of no more use when there is a newer one with all of its parts.
DELETE FROM raw USING (SELECT unnest($ids) AS tmdb_id, unnest(CAST($parts AS VARCHAR[][])) AS parts) AS newer
WHERE raw.kind = {kind} AND raw.tmdb_id = newer.tmdb_id AND list_has_all(newer.parts, raw.parts);

-- name: count_raw
SELECT count(DISTINCT tmdb_id) AS films, count(*) AS bodies FROM raw WHERE kind = {kind};

-- name: raw_batch
-- All answers of the next films.
WITH batch AS (SELECT DISTINCT tmdb_id FROM raw WHERE kind = {kind} AND tmdb_id > $after ORDER BY tmdb_id LIMIT $films)
SELECT tmdb_id, parts, body, observed_at FROM raw
WHERE kind = {kind} AND tmdb_id > $after AND tmdb_id <= (SELECT max(tmdb_id) FROM batch)
ORDER BY tmdb_id, observed_at, rowid;

-- name: part_moments
SELECT tmdb_id, part, fetched_at FROM parts WHERE kind = {kind} AND tmdb_id IN (SELECT unnest($ids));

-- name: drop_outdated
-- What was collected since with --no-raw is newer than the answer that was kept.
DELETE FROM staged USING {table} WHERE {table}.tmdb_id = staged.tmdb_id AND {table}.details_at > staged.details_at;

-- name: merge_rebuilt
-- Only what details bring. A list row that is newer than they are has had the last word, where it said anything.
CREATE OR REPLACE TEMP TABLE merged AS
SELECT s.* REPLACE (
           {stored_summary_over_rebuilt}
       ),
       coalesce(m.first_seen_at, s.details_at) AS first_seen_at, m.summary_at, m.gone_at, m.merged_into, m.merged_at{and_its_moment}
FROM staged s LEFT JOIN {table} m ON m.tmdb_id = s.tmdb_id;

-- name: parts_overview
SELECT part, count(*) AS films, sum(rows) AS rows, sum(unreadable) AS unreadable FROM parts WHERE kind = {kind} GROUP BY ALL ORDER BY part;

-- name: unread_keys
-- Keys that no column holds, or whose values could not be read; a part's, and a child's, are behind its name.
SELECT key, count(*) AS films
FROM (
    SELECT unnest(json_keys(raw)) AS key FROM {table} WHERE raw IS NOT NULL{raws_inside}
    UNION ALL
    SELECT part || '.' || unnest(json_keys(leftovers)) AS key FROM parts WHERE kind = {kind} AND leftovers IS NOT NULL
)
GROUP BY ALL ORDER BY films DESC, key;

-- name: movie_extras
-- What is worth showing of a film's parts, and what OMDb and IMDb's file say of it, whichever is newer. Certifications are those of where the film is from, and of the US.
SELECT (SELECT list(DISTINCT name ORDER BY name) FROM credits
        WHERE tmdb_id = $id AND kind = 'crew' AND job = 'Director') AS directed_by,
       (SELECT list(name ORDER BY billing)
        FROM (SELECT name, billing FROM credits WHERE tmdb_id = $id AND kind = 'cast' ORDER BY billing LIMIT 5))
           AS top_cast,
       (SELECT list(keyword ORDER BY keyword) FROM keywords WHERE tmdb_id = $id) AS keywords,
       (SELECT list(DISTINCT country || ' ' || certification ORDER BY country || ' ' || certification)
        FROM release_dates JOIN {table} USING (tmdb_id)
        WHERE tmdb_id = $id AND certification IS NOT NULL
          AND (country = 'US' OR list_contains(origin_country, country))) AS certifications,
       CASE WHEN r.fetched_at > i.made_at THEN r.imdb_rating ELSE coalesce(i.rating, r.imdb_rating) END AS imdb_rating,
       CASE WHEN r.fetched_at > i.made_at THEN r.imdb_votes ELSE coalesce(i.votes, r.imdb_votes) END AS imdb_votes,
       r.rotten_tomatoes, r.metascore, r.awards, greatest(r.fetched_at, i.made_at) AS rated_at
FROM (SELECT {.imdb_id} AS imdb_id FROM {table} WHERE tmdb_id = $id) m
LEFT JOIN ratings r ON r.outcome = 'rated' AND r.imdb_id = m.imdb_id
LEFT JOIN imdb_ratings i ON i.imdb_id = m.imdb_id;

-- name: series_extras
-- What is worth showing of a series' parts, and what IMDb's file says of it. Ratings by age are those of where it is from, and of the US.
SELECT (SELECT list(name ORDER BY billing)
        FROM (SELECT name, min(billing) AS billing FROM series_credits
              WHERE tmdb_id = $id AND kind = 'cast' GROUP BY name ORDER BY billing LIMIT 5)) AS top_cast,
       (SELECT list(keyword ORDER BY keyword) FROM series_keywords WHERE tmdb_id = $id) AS keywords,
       (SELECT list(DISTINCT country || ' ' || rating ORDER BY country || ' ' || rating)
        FROM content_ratings JOIN {table} USING (tmdb_id)
        WHERE tmdb_id = $id AND (country = 'US' OR list_contains(origin_country, country))) AS content_ratings,
       m.imdb_id,
       CASE WHEN r.fetched_at > i.made_at THEN r.imdb_rating ELSE coalesce(i.rating, r.imdb_rating) END AS imdb_rating,
       CASE WHEN r.fetched_at > i.made_at THEN r.imdb_votes ELSE coalesce(i.votes, r.imdb_votes) END AS imdb_votes,
       r.rotten_tomatoes, r.metascore, r.awards, greatest(r.fetched_at, i.made_at) AS rated_at
FROM (SELECT imdb_id FROM {titles} WHERE tmdb_id = $id) m
LEFT JOIN ratings r ON r.outcome = 'rated' AND r.imdb_id = m.imdb_id
LEFT JOIN imdb_ratings i ON i.imdb_id = m.imdb_id;

-- name: seasons_of
SELECT s.season_number AS season, s.name, s.air_date, count(e.tmdb_id) AS episodes, s.vote_average AS average
FROM live_seasons s LEFT JOIN live_episodes e ON e.season_id = s.tmdb_id
WHERE s.series_id = $id
GROUP BY s.tmdb_id, s.season_number, s.name, s.air_date, s.vote_average ORDER BY season, s.air_date, s.tmdb_id;

-- name: episodes_of
SELECT e.episode_number AS episode, e.name, e.air_date, e.runtime, e.vote_average AS average, e.vote_count AS votes,
       r.rating AS imdb_rating, r.votes AS imdb_votes, e.episode_type AS type
FROM live_episodes e
LEFT JOIN imdb_episodes i USING (tmdb_id)
LEFT JOIN imdb_ratings r USING (imdb_id)
WHERE e.series_id = $id AND e.season_number = $season ORDER BY e.episode_number, e.tmdb_id;

-- name: export_parts
SELECT * FROM parts ORDER BY kind, tmdb_id, part;
