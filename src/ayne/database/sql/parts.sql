-- Parts of films and the answers they come from. As in statements.sql, each statement has a name and values are bound.

-- name: stored_parts
-- Where a film has nothing of a part yet, there is nothing to delete, and a table of millions need not be searched.
SELECT part, list(tmdb_id) AS ids FROM parts
WHERE rows > 0 AND (tmdb_id, part) IN (SELECT unnest($ids), unnest($names))
GROUP BY part;

-- name: delete_parts
DELETE FROM parts WHERE (tmdb_id, part) IN (SELECT unnest($ids), unnest($names));

-- name: delete_raw
-- An answer is of no more use when there is a newer one with all of its parts.
DELETE FROM raw USING (SELECT unnest($ids) AS tmdb_id, unnest(CAST($parts AS VARCHAR[][])) AS parts) AS newer
WHERE raw.tmdb_id = newer.tmdb_id AND list_has_all(newer.parts, raw.parts);

-- name: count_raw
SELECT count(DISTINCT tmdb_id) AS films, count(*) AS bodies FROM raw;

-- name: raw_batch
-- All answers of the next films.
WITH batch AS (SELECT DISTINCT tmdb_id FROM raw WHERE tmdb_id > $after ORDER BY tmdb_id LIMIT $films)
SELECT tmdb_id, parts, body, observed_at FROM raw
WHERE tmdb_id > $after AND tmdb_id <= (SELECT max(tmdb_id) FROM batch)
ORDER BY tmdb_id, observed_at, rowid;

-- name: part_moments
SELECT tmdb_id, part, fetched_at FROM parts WHERE tmdb_id IN (SELECT unnest($ids));

-- name: drop_outdated
-- What was collected since with --no-raw is newer than the answer that was kept.
DELETE FROM staged USING movies WHERE movies.tmdb_id = staged.tmdb_id AND movies.details_at > staged.details_at;

-- name: merge_rebuilt
-- Only what details bring. A list row that is newer than they are has had the last word, where it said anything.
CREATE OR REPLACE TEMP TABLE merged AS
SELECT s.* REPLACE (
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.title, s.title) ELSE s.title END AS title,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.original_title, s.original_title) ELSE s.original_title END AS original_title,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.original_language, s.original_language) ELSE s.original_language END AS original_language,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.overview, s.overview) ELSE s.overview END AS overview,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.release_date, s.release_date) ELSE s.release_date END AS release_date,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.vote_average, s.vote_average) ELSE s.vote_average END AS vote_average,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.vote_count, s.vote_count) ELSE s.vote_count END AS vote_count,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.popularity, s.popularity) ELSE s.popularity END AS popularity,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.adult, s.adult) ELSE s.adult END AS adult,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.video, s.video) ELSE s.video END AS video,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.softcore, s.softcore) ELSE s.softcore END AS softcore,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.poster_path, s.poster_path) ELSE s.poster_path END AS poster_path,
           CASE WHEN m.summary_at > s.details_at THEN coalesce(m.backdrop_path, s.backdrop_path) ELSE s.backdrop_path END AS backdrop_path
       ),
       coalesce(m.first_seen_at, s.details_at) AS first_seen_at, m.summary_at, m.gone_at, m.merged_into, m.merged_at
FROM staged s LEFT JOIN movies m ON m.tmdb_id = s.tmdb_id;

-- name: parts_overview
SELECT part, count(*) AS films, sum(rows) AS rows, sum(unreadable) AS unreadable FROM parts GROUP BY ALL ORDER BY part;

-- name: unread_keys
-- Keys that no column holds, or whose values could not be read; a part's are behind its name.
SELECT key, count(*) AS films
FROM (
    SELECT unnest(json_keys(raw)) AS key FROM movies WHERE raw IS NOT NULL
    UNION ALL
    SELECT part || '.' || unnest(json_keys(leftovers)) AS key FROM parts WHERE leftovers IS NOT NULL
)
GROUP BY ALL ORDER BY films DESC, key;

-- name: movie_extras
-- What is worth showing of a film's parts, and what OMDb says of it. Certifications are those of where the film is from, and of the US.
SELECT (SELECT list(DISTINCT name ORDER BY name) FROM credits
        WHERE tmdb_id = $id AND kind = 'crew' AND job = 'Director') AS directed_by,
       (SELECT list(name ORDER BY billing)
        FROM (SELECT name, billing FROM credits WHERE tmdb_id = $id AND kind = 'cast' ORDER BY billing LIMIT 5))
           AS top_cast,
       (SELECT list(keyword ORDER BY keyword) FROM keywords WHERE tmdb_id = $id) AS keywords,
       (SELECT list(DISTINCT country || ' ' || certification ORDER BY country || ' ' || certification)
        FROM release_dates JOIN movies USING (tmdb_id)
        WHERE tmdb_id = $id AND certification IS NOT NULL
          AND (country = 'US' OR list_contains(origin_country, country))) AS certifications,
       r.imdb_rating, r.imdb_votes, r.rotten_tomatoes, r.metascore, r.awards, r.fetched_at AS rated_at
FROM (SELECT 1) LEFT JOIN ratings r
  ON r.outcome = 'rated' AND r.imdb_id = (SELECT imdb_id FROM movies WHERE tmdb_id = $id);

-- name: delete_alternative_titles
DELETE FROM alternative_titles WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_credits
DELETE FROM credits WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_external_ids
DELETE FROM external_ids WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_images
DELETE FROM images WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_keywords
DELETE FROM keywords WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_recommendations
DELETE FROM recommendations WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_release_dates
DELETE FROM release_dates WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_reviews
DELETE FROM reviews WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_similar_movies
DELETE FROM similar_movies WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_translations
DELETE FROM translations WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_videos
DELETE FROM videos WHERE tmdb_id IN (SELECT unnest($ids));

-- name: delete_watch_providers
DELETE FROM watch_providers WHERE tmdb_id IN (SELECT unnest($ids));

-- name: export_parts
SELECT * FROM parts ORDER BY tmdb_id, part;

-- name: export_alternative_titles
SELECT * FROM alternative_titles ORDER BY tmdb_id, country, title, type;

-- name: export_credits
SELECT * FROM credits ORDER BY tmdb_id, kind, billing, credit_id, person_id, department, job;

-- name: export_external_ids
SELECT * FROM external_ids ORDER BY tmdb_id;

-- name: export_images
SELECT * FROM images ORDER BY tmdb_id, kind, file_path;

-- name: export_keywords
SELECT * FROM keywords ORDER BY tmdb_id, keyword_id;

-- name: export_recommendations
SELECT * FROM recommendations ORDER BY tmdb_id, rank, other_id;

-- name: export_release_dates
SELECT * FROM release_dates ORDER BY tmdb_id, country, released_at, type, certification, language, note;

-- name: export_reviews
SELECT * FROM reviews ORDER BY tmdb_id, review_id;

-- name: export_similar_movies
SELECT * FROM similar_movies ORDER BY tmdb_id, rank, other_id;

-- name: export_translations
SELECT * FROM translations ORDER BY tmdb_id, language, country;

-- name: export_videos
SELECT * FROM videos ORDER BY tmdb_id, video_id;

-- name: export_watch_providers
SELECT * FROM watch_providers ORDER BY tmdb_id, country, kind, provider_id;
