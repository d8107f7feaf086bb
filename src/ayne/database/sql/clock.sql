-- What the file says of time. As in statements.sql, each statement has a name and values are bound.

-- name: newest_moment
-- Of the source's answers and of runs. What is promised for later, like the next try of a film, is no moment at which
-- something was; and what the store dates itself, like a film's first sight, is no witness: it may have another clock.
SELECT greatest(
    (SELECT max(greatest(details_at, summary_at, gone_at, merged_at)) FROM {table}),
    (SELECT max(greatest(started_at, finished_at)) FROM runs),
    (SELECT max(greatest(fetched_at, asked_at)) FROM ratings),
    (SELECT max(exported_on)::TIMESTAMP FROM census),
    (SELECT max(watermark)::TIMESTAMP FROM change_feed)
) AS newest;

-- name: enter_films_of_the_future
INSERT INTO changed BY NAME
SELECT tmdb_id, CAST($now AS TIMESTAMP) AS changed_by, CAST($now AS TIMESTAMP) AS safe_at,
       CAST($now AS TIMESTAMP) AS not_before, CAST($now AS TIMESTAMP) AS seen_at, {kind} AS kind
FROM {table}
WHERE greatest(details_at, gone_at, merged_at) > $now
  AND tmdb_id NOT IN (SELECT tmdb_id FROM changed WHERE kind = {kind});

-- name: forget_future_watermark
-- A feed that was read up to a day to come is read anew from two weeks back.
DELETE FROM change_feed WHERE watermark >= CAST($now AS DATE);

-- name: forget_future_exports
DELETE FROM exports WHERE day > CAST($now AS DATE);

-- name: set_back_exported_ids
UPDATE census SET exported_on = least(exported_on, CAST($now AS DATE)),
                  first_exported_on = least(first_exported_on, CAST($now AS DATE))
WHERE exported_on > CAST($now AS DATE);
