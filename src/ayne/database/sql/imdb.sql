-- The statements about IMDb's files; as in statements.sql.

-- name: stage_imdb
CREATE OR REPLACE TEMP TABLE staged_imdb (imdb_id VARCHAR, rating DOUBLE, votes BIGINT);

-- name: stage_titles
-- The titles that a file holds, of all kinds: IMDb's file is of them all.
CREATE OR REPLACE TEMP TABLE known_titles (imdb_id VARCHAR);

-- name: stage_titles_of_kind
INSERT INTO known_titles SELECT imdb_id FROM {titles} WHERE imdb_id IS NOT NULL;

-- name: stage_titles_of_episodes
INSERT INTO known_titles SELECT imdb_id FROM imdb_episodes;

-- name: keep_imdb_of_titles
-- Titles that are stored; of two lines with one id the last counts.
CREATE OR REPLACE TEMP TABLE found_imdb AS
SELECT imdb_id, arg_max(rating, s.rowid) AS rating, arg_max(votes, s.rowid) AS votes
FROM staged_imdb s SEMI JOIN known_titles USING (imdb_id)
GROUP BY imdb_id;

-- name: note_imdb_history
-- What says something: another rating, or votes that differ by more than one and by more than 1 % from what the history
-- said last. Most titles get a few votes a day, and nobody could tell those days apart.
INSERT INTO imdb_history BY NAME
WITH last AS (
    SELECT imdb_id, arg_max(rating, observed_at) AS rating, arg_max(votes, observed_at) AS votes
    FROM imdb_history GROUP BY imdb_id
)
SELECT f.imdb_id, f.rating, f.votes, CAST($made_at AS TIMESTAMP) AS observed_at
FROM found_imdb f LEFT JOIN last l ON l.imdb_id = f.imdb_id
WHERE l.imdb_id IS NULL OR f.rating IS DISTINCT FROM l.rating
   OR (f.votes IS NULL) <> (l.votes IS NULL) OR abs(f.votes - l.votes) > greatest(1, 0.01 * l.votes);

-- name: delete_imdb
DELETE FROM imdb_ratings WHERE imdb_id IN (SELECT imdb_id FROM found_imdb);

-- name: insert_imdb
INSERT INTO imdb_ratings BY NAME
SELECT imdb_id, rating, votes, CAST($made_at AS TIMESTAMP) AS made_at FROM found_imdb;

-- name: finish_imdb
INSERT INTO imdb_files BY NAME
SELECT CAST($made_at AS TIMESTAMP) AS made_at, CAST($now AS TIMESTAMP) AS stored_at, $titles AS titles,
       (SELECT count(DISTINCT imdb_id) FROM known_titles) AS films, (SELECT count(*) FROM found_imdb) AS rated,
       $unreadable AS unreadable, (SELECT bit_xor(DISTINCT hash(imdb_id)) FROM known_titles) AS known
RETURNING films, rated;

-- name: forget_staged_imdb
DROP TABLE staged_imdb;

-- name: forget_titles
DROP TABLE known_titles;

-- name: forget_found_imdb
DROP TABLE found_imdb;

-- name: newest_imdb
SELECT made_at, titles, films, rated, unreadable FROM imdb_files ORDER BY made_at DESC, stored_at DESC LIMIT 1;

-- name: known_to_newest_imdb
-- As in finish_imdb. Another version of DuckDB may count otherwise, and the file is read once more then.
SELECT known FROM imdb_files ORDER BY made_at DESC, stored_at DESC LIMIT 1;

-- name: imdb_ids_of_episodes
SELECT imdb_id FROM imdb_episodes;

-- name: export_imdb_ratings
SELECT * FROM imdb_ratings ORDER BY imdb_id;

-- name: export_imdb_episodes
SELECT * FROM imdb_episodes ORDER BY tmdb_id;

-- name: imdb_ids_of_kind
SELECT DISTINCT imdb_id FROM {titles} WHERE imdb_id IS NOT NULL;

-- name: stage_imdb_episodes
CREATE OR REPLACE TEMP TABLE staged_imdb_episodes (
    imdb_id VARCHAR, series_imdb_id VARCHAR, season_number INTEGER, episode_number INTEGER
);

-- name: join_imdb_episodes
-- Numbers that two episodes of a series have, here or there, say nothing. Two series with one IMDb id are one to IMDb.
CREATE OR REPLACE TEMP TABLE joined_imdb_episodes AS
WITH numbered AS (
    SELECT series_imdb_id, season_number, episode_number, min(imdb_id) AS imdb_id, count(DISTINCT imdb_id) AS named
    FROM staged_imdb_episodes WHERE season_number IS NOT NULL AND episode_number IS NOT NULL
    GROUP BY ALL
), stored AS (
    SELECT e.tmdb_id, s.imdb_id AS series_imdb_id, e.season_number, e.episode_number,
           count(*) OVER (PARTITION BY s.imdb_id, e.season_number, e.episode_number) AS stored
    FROM live_episodes e LEFT JOIN {titles} s ON s.tmdb_id = e.series_id
)
SELECT tmdb_id, imdb_id,
       CASE WHEN s.series_imdb_id IS NULL THEN 'without series'
            WHEN imdb_id IS NULL THEN 'elsewhere'
            WHEN stored > 1 OR named > 1 THEN 'ambiguous'
            ELSE 'joined' END AS outcome
FROM stored s LEFT JOIN numbered n ON n.series_imdb_id = s.series_imdb_id
    AND n.season_number = s.season_number AND n.episode_number = s.episode_number;

-- name: count_joined_imdb_episodes
SELECT count(*), count(*) FILTER (outcome = 'joined'), count(*) FILTER (outcome = 'without series'),
       count(*) FILTER (outcome = 'ambiguous'), count(*) FILTER (outcome = 'elsewhere')
FROM joined_imdb_episodes;

-- name: delete_imdb_episodes
DELETE FROM imdb_episodes i WHERE NOT EXISTS (
    SELECT 1 FROM joined_imdb_episodes j WHERE j.outcome = 'joined' AND j.tmdb_id = i.tmdb_id AND j.imdb_id = i.imdb_id
);

-- name: insert_imdb_episodes
INSERT INTO imdb_episodes BY NAME
SELECT tmdb_id, imdb_id FROM joined_imdb_episodes j
WHERE outcome = 'joined' AND NOT EXISTS (SELECT 1 FROM imdb_episodes i WHERE i.tmdb_id = j.tmdb_id);

-- name: forget_staged_imdb_episodes
DROP TABLE staged_imdb_episodes;

-- name: forget_joined_imdb_episodes
DROP TABLE joined_imdb_episodes;
