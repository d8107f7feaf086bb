CREATE TABLE exports (
    export      VARCHAR,
    day         DATE,
    bytes       BIGINT NOT NULL,
    films       BIGINT NOT NULL,
    unreadable  BIGINT NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    PRIMARY KEY (export, day)
);
COMMENT ON TABLE exports IS 'Daily id exports whose films are in the census, all of them: entered in the same transaction';
COMMENT ON COLUMN exports.export IS 'movie_ids or adult_movie_ids';
COMMENT ON COLUMN exports.day IS 'The day it is of';
COMMENT ON COLUMN exports.bytes IS 'Size of the file, compressed';
COMMENT ON COLUMN exports.films IS 'Distinct films it names';
COMMENT ON COLUMN exports.unreadable IS 'Lines without a usable id, left out';
COMMENT ON COLUMN exports.finished_at IS 'When its films were in the census, UTC';

CREATE TABLE census (
    tmdb_id           BIGINT PRIMARY KEY,
    original_title    VARCHAR,
    popularity        DOUBLE,
    adult             BOOLEAN,
    video             BOOLEAN,
    export            VARCHAR NOT NULL,
    exported_on       DATE NOT NULL,
    first_exported_on DATE NOT NULL,
    gone_at           TIMESTAMP,
    merged_into       BIGINT
);
COMMENT ON TABLE census IS 'Every film that a daily id export ever named; those of the newest have the newest exported_on';
COMMENT ON COLUMN census.tmdb_id IS 'TMDB''s id of the film';
COMMENT ON COLUMN census.original_title IS 'Title in the original language';
COMMENT ON COLUMN census.popularity IS 'TMDB''s score on the day of the export';
COMMENT ON COLUMN census.adult IS 'TMDB''s flag for adult films; NULL in exports from before 2020';
COMMENT ON COLUMN census.video IS 'TMDB''s flag for compilations, concerts and the like';
COMMENT ON COLUMN census.export IS 'The export that named it last: movie_ids or adult_movie_ids';
COMMENT ON COLUMN census.exported_on IS 'Day of the newest export that named it';
COMMENT ON COLUMN census.first_exported_on IS 'Day of the first export that named it, of those that were stored';
COMMENT ON COLUMN census.gone_at IS 'When TMDB said that it has no such film, if it had no row in movies then; UTC';
COMMENT ON COLUMN census.merged_into IS 'The id that TMDB answered with instead, if it had no row in movies then';
