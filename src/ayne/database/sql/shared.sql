-- What is shared is a view of the same name over one table; these are the same for all of them.

-- name: released_by_tmdb_id
SELECT {kind} AS kind, tmdb_id, year({.day})::INTEGER AS release_year FROM {table};

-- name: released_by_imdb_id
-- Two films may name one title: the first counts.
SELECT {.imdb_id} AS imdb_id, year({.day})::INTEGER AS release_year FROM {table} WHERE {.imdb_id} IS NOT NULL;

-- name: fingerprints
-- The sum does not care in which order rows lie, and two equal rows do not cancel out. The hash of a row is put together
-- of those of its columns, which leaves traces in its bits; hashed once more it has none, and rows that swapped a value
-- do not add up to the same.
SELECT release_year, count(*) AS rows, sum(hash(hash(shared))) AS hash FROM shared GROUP BY release_year;
