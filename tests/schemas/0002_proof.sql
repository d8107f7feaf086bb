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
COMMENT ON TABLE ranges IS 'The coverage ledger: what TMDB reported for a range of a sweep, and what is known to lie in it';
COMMENT ON COLUMN ranges.sweep_id IS 'The sweep it belongs to';
COMMENT ON COLUMN ranges.range IS 'The range in words';
COMMENT ON COLUMN ranges.start_date IS 'First primary release date';
COMMENT ON COLUMN ranges.end_date IS 'Last primary release date';
COMMENT ON COLUMN ranges.min_votes IS 'Lowest vote count, NULL for any';
COMMENT ON COLUMN ranges.max_votes IS 'Highest vote count, NULL for any';
COMMENT ON COLUMN ranges.with_genres IS 'Genres a film must all have';
COMMENT ON COLUMN ranges.without_genres IS 'Genres a film must have none of';
COMMENT ON COLUMN ranges.state IS 'open, split (pieces cover it), proven, best effort (asked for again in vain), capped (by --max-pages) or overfull (TMDB does not list all)';
COMMENT ON COLUMN ranges.pages IS 'Pages of the latest sweep of the range, 0 before the first answer';
COMMENT ON COLUMN ranges.pages_done IS 'Those received; a range can be proven without all of them';
COMMENT ON COLUMN ranges.sweeps IS 'Sweeps of the range that are over and left a gap';
COMMENT ON COLUMN ranges.rows IS 'Films on all pages received, repeats included';
COMMENT ON COLUMN ranges.distinct_films IS 'Different films known to lie in the range';
COMMENT ON COLUMN ranges.reported_low IS 'Lowest total that TMDB reported';
COMMENT ON COLUMN ranges.reported_high IS 'Highest total that TMDB reported';
COMMENT ON COLUMN ranges.changed_at IS 'When this was last so, UTC';
