-- What the file remembers of films over time, and what TMDB said of each copy so that it need not be sent again.
ALTER TABLE movies ADD COLUMN merged_at TIMESTAMP;
-- When that was said was not kept until now; it was later than anything else that is known of the film.
UPDATE movies SET merged_at = coalesce(greatest(details_at, summary_at, gone_at), first_seen_at)
WHERE merged_into IS NOT NULL;

CREATE TABLE movie_history (
    tmdb_id      BIGINT NOT NULL,
    observed_at  TIMESTAMP NOT NULL,
    vote_count   BIGINT,
    vote_average DOUBLE,
    popularity   DOUBLE,
    revenue      BIGINT,
    budget       BIGINT,
    status       VARCHAR,
    gone         BOOLEAN NOT NULL,
    merged_into  BIGINT
);

-- What was collected so far is the first observation.
INSERT INTO movie_history
SELECT tmdb_id, greatest(details_at, summary_at), vote_count, vote_average, popularity, revenue, budget, status, false, NULL
FROM movies WHERE details_at IS NOT NULL;
INSERT INTO movie_history
SELECT tmdb_id, greatest(details_at, summary_at, gone_at, merged_at), vote_count, vote_average, popularity, revenue,
       budget, status, gone_at IS NOT NULL, merged_into
FROM movies WHERE gone_at IS NOT NULL OR merged_into IS NOT NULL;
