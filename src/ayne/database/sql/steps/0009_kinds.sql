-- Until now every id was a film's. The tables that a file of a step in between does not have yet are made here as they
-- were, so that the rest is the same for all.
ALTER TABLE sweeps ADD COLUMN kind VARCHAR DEFAULT 'movie';
ALTER TABLE parts ADD COLUMN kind VARCHAR DEFAULT 'movie';
ALTER TABLE IF EXISTS raw ADD COLUMN kind VARCHAR DEFAULT 'movie';
ALTER TABLE IF EXISTS etags ADD COLUMN kind VARCHAR DEFAULT 'movie';

CREATE TABLE failures_of_all (
    tmdb_id   BIGINT,
    reason    VARCHAR NOT NULL,
    message   VARCHAR NOT NULL,
    status    INTEGER,
    attempts  INTEGER NOT NULL,
    failed_at TIMESTAMP NOT NULL,
    retry_at  TIMESTAMP NOT NULL,
    kind      VARCHAR DEFAULT 'movie',
    PRIMARY KEY (kind, tmdb_id)
);
INSERT INTO failures_of_all BY NAME SELECT * FROM failures;
DROP TABLE failures;
ALTER TABLE failures_of_all RENAME TO failures;

CREATE TABLE IF NOT EXISTS changed (
    tmdb_id    BIGINT PRIMARY KEY,
    changed_by TIMESTAMP NOT NULL,
    safe_at    TIMESTAMP NOT NULL,
    not_before TIMESTAMP NOT NULL,
    seen_at    TIMESTAMP NOT NULL
);
CREATE TABLE changed_of_all (
    tmdb_id    BIGINT,
    changed_by TIMESTAMP NOT NULL,
    safe_at    TIMESTAMP NOT NULL,
    not_before TIMESTAMP NOT NULL,
    seen_at    TIMESTAMP NOT NULL,
    kind       VARCHAR DEFAULT 'movie',
    PRIMARY KEY (kind, tmdb_id)
);
INSERT INTO changed_of_all BY NAME SELECT * FROM changed;
DROP TABLE changed;
ALTER TABLE changed_of_all RENAME TO changed;

-- A day's ids are replaced in one transaction, deleted and inserted; an index of a million of them only costs.
CREATE TABLE IF NOT EXISTS census (
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
CREATE TABLE census_of_all (
    tmdb_id           BIGINT NOT NULL,
    original_title    VARCHAR,
    popularity        DOUBLE,
    adult             BOOLEAN,
    video             BOOLEAN,
    export            VARCHAR NOT NULL,
    exported_on       DATE NOT NULL,
    first_exported_on DATE NOT NULL,
    gone_at           TIMESTAMP,
    merged_into       BIGINT,
    kind              VARCHAR DEFAULT 'movie'
);
INSERT INTO census_of_all BY NAME SELECT * FROM census;
DROP TABLE census;
ALTER TABLE census_of_all RENAME TO census;
