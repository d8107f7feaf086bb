-- A film as a report tells of it, and whom and what it belongs to.
titles AS (
    SELECT f.tmdb_id, f.imdb_id, f.title, f.original_title AS original, f.release_date AS released, f.genres,
           f.original_language AS language, coalesce(f.origin_country, f.production_countries) AS countries,
           f.runtime AS minutes, f.vote_average AS average, f.vote_count AS votes, f.popularity, f.budget, f.revenue,
           CASE WHEN r.fetched_at > i.made_at THEN r.imdb_rating ELSE coalesce(i.rating, r.imdb_rating) END AS imdb,
           r.rotten_tomatoes AS rotten, r.metascore AS metacritic,
           CAST(NULL AS INTEGER) AS seasons, CAST(NULL AS INTEGER) AS episodes, f.overview, f.poster_path AS poster
    FROM films f
    LEFT JOIN ratings r ON r.outcome = 'rated' AND r.imdb_id = f.imdb_id
    LEFT JOIN imdb_ratings i ON i.imdb_id = f.imdb_id
),
members AS (
    SELECT 'director' AS side, tmdb_id, person_id AS member, name, 0 AS place
    FROM credits WHERE kind = 'crew' AND job = 'Director'
    UNION ALL
    SELECT 'actor', tmdb_id, person_id, name, billing FROM credits WHERE kind = 'cast' AND billing < $cast
    UNION ALL
    SELECT 'company', tmdb_id, unnest(production_company_ids), unnest(production_companies), 0 FROM films
    UNION ALL
    SELECT 'collection', tmdb_id, collection_id, collection_name, 0 FROM films
    UNION ALL
    SELECT 'keyword', tmdb_id, keyword_id, keyword, 0 FROM keywords
)
