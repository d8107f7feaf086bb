-- What lies inside of others, as episodes do in series; {owner} is the column with the id of the outermost. As in
-- statements.sql, each statement has a name and values are bound.

-- name: unnamed
-- What is stored of these owners and stands in no answer any more; staged holds all that does. What another owner's
-- newer answer has named since is no longer theirs.
SELECT m.tmdb_id, seen.moment
FROM {table} m JOIN (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment) seen ON seen.tmdb_id = m.{owner}
WHERE m.gone_at IS NULL AND m.details_at <= seen.moment AND m.tmdb_id NOT IN (SELECT tmdb_id FROM staged);

-- name: confirm_children
-- Their owner is as it was, and so are they.
UPDATE {table} SET details_at = seen.moment
FROM (SELECT unnest($ids) AS tmdb_id, unnest($moments) AS moment) seen
WHERE {table}.{owner} = seen.tmdb_id AND {table}.gone_at IS NULL AND {table}.details_at <= seen.moment;

-- name: numbers_of_children
-- By what numbers those that are there are asked for.
SELECT {owner}, list(DISTINCT {number} ORDER BY {number}) FROM {table}
WHERE {owner} IN (SELECT unnest($ids)) AND {number} >= 0 AND gone_at IS NULL GROUP BY ALL;

-- name: purge_children
DELETE FROM {table} WHERE details_at < $before;
