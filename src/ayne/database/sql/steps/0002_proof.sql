-- A range says how many different films lie in it, so that it can be proven complete.
ALTER TABLE ranges RENAME TO ranges_of_0001;
CREATE TABLE ranges (
    sweep_id       BIGINT,
    range          VARCHAR,
    start_date     DATE NOT NULL,
    end_date       DATE NOT NULL,
    min_votes      BIGINT,
    max_votes      BIGINT,
    with_genres    BIGINT[] NOT NULL,
    without_genres BIGINT[] NOT NULL,
    state          VARCHAR NOT NULL,
    pages          INTEGER NOT NULL,
    pages_done     INTEGER[] NOT NULL,
    sweeps         INTEGER NOT NULL,
    rows           BIGINT NOT NULL,
    distinct_films BIGINT NOT NULL,
    reported_low   BIGINT,
    reported_high  BIGINT,
    changed_at     TIMESTAMP NOT NULL,
    PRIMARY KEY (sweep_id, range)
);
-- What was complete then has not been proven: the rows were counted, and repeats among them were not.
INSERT INTO ranges
SELECT sweep_id, range, start_date, end_date, min_votes, max_votes, with_genres, without_genres,
       CASE state WHEN 'complete' THEN 'best effort' ELSE state END,
       pages, pages_done, 0, rows, least(rows, coalesce(reported_high, 0)), reported_low, reported_high, started_at
FROM ranges_of_0001 JOIN sweeps USING (sweep_id);
DROP TABLE ranges_of_0001;
