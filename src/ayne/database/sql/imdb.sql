-- The statements about IMDb's file of ratings; as in statements.sql.

-- name: stage_imdb
CREATE OR REPLACE TEMP TABLE staged_imdb (imdb_id VARCHAR, rating DOUBLE, votes BIGINT);

-- name: stage_titles
-- The titles that a file holds, of all kinds: IMDb's file is of them all.
CREATE OR REPLACE TEMP TABLE known_titles (imdb_id VARCHAR);

-- name: stage_titles_of_kind
INSERT INTO known_titles SELECT imdb_id FROM {titles} WHERE imdb_id IS NOT NULL;

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
       $unreadable AS unreadable
RETURNING films, rated;

-- name: forget_staged_imdb
DROP TABLE staged_imdb;

-- name: forget_titles
DROP TABLE known_titles;

-- name: forget_found_imdb
DROP TABLE found_imdb;

-- name: newest_imdb
SELECT made_at, titles, films, rated, unreadable FROM imdb_files ORDER BY made_at DESC, stored_at DESC LIMIT 1;

-- name: count_imdb_ids
SELECT count(DISTINCT imdb_id) FROM {titles};

-- name: export_imdb_ratings
SELECT * FROM imdb_ratings ORDER BY imdb_id;
