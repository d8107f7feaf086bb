-- A series as a report tells of it, and whom and what it belongs to.
titles AS (
    SELECT s.tmdb_id, x.imdb_id, s.name AS title, s.original_name AS original, s.first_air_date AS released, s.genres,
           s.original_language AS language, coalesce(s.origin_country, s.production_countries) AS countries,
           list_avg(s.episode_run_time)::INTEGER AS minutes, s.vote_average AS average, s.vote_count AS votes, s.popularity,
           CAST(NULL AS BIGINT) AS budget, CAST(NULL AS BIGINT) AS revenue,
           CASE WHEN r.fetched_at > i.made_at THEN r.imdb_rating ELSE coalesce(i.rating, r.imdb_rating) END AS imdb,
           r.rotten_tomatoes AS rotten, r.metascore AS metacritic,
           s.number_of_seasons AS seasons, s.number_of_episodes AS episodes, s.overview, s.poster_path AS poster
    FROM live_series s
    LEFT JOIN series_external_ids x USING (tmdb_id)
    LEFT JOIN ratings r ON r.outcome = 'rated' AND r.imdb_id = x.imdb_id
    LEFT JOIN imdb_ratings i ON i.imdb_id = x.imdb_id
),
members AS (
    SELECT 'creator' AS side, tmdb_id, unnest(creator_ids) AS member, unnest(created_by) AS name, 0 AS place
    FROM live_series
    UNION ALL
    SELECT 'actor', tmdb_id, person_id, name, billing FROM series_credits WHERE kind = 'cast' AND billing < $cast
    UNION ALL
    SELECT 'network', tmdb_id, unnest(network_ids), unnest(networks), 0 FROM live_series
    UNION ALL
    SELECT 'company', tmdb_id, unnest(production_company_ids), unnest(production_companies), 0 FROM live_series
    UNION ALL
    SELECT 'keyword', tmdb_id, keyword_id, keyword, 0 FROM series_keywords
)
