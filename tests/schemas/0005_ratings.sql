-- OMDb's ratings, and what may still be asked of OMDb today.
CREATE TABLE ratings (
    imdb_id         VARCHAR PRIMARY KEY,
    title           VARCHAR,
    type            VARCHAR,
    year            INTEGER,
    end_year        INTEGER,
    rated           VARCHAR,
    released        DATE,
    runtime         INTEGER,
    imdb_rating     DOUBLE,
    imdb_votes      BIGINT,
    rotten_tomatoes INTEGER,
    metascore       INTEGER,
    awards          VARCHAR,
    box_office      BIGINT,
    genres          VARCHAR[],
    languages       VARCHAR[],
    countries       VARCHAR[],
    director        VARCHAR,
    writer          VARCHAR,
    actors          VARCHAR,
    plot            VARCHAR,
    poster          VARCHAR,
    production      VARCHAR,
    website         VARCHAR,
    dvd             DATE,
    season          INTEGER,
    episode         INTEGER,
    series_id       VARCHAR,
    total_seasons   INTEGER,
    raw             JSON,
    fetched_at      TIMESTAMP,
    asked_at        TIMESTAMP NOT NULL,
    outcome         VARCHAR NOT NULL,
    message         VARCHAR
);
COMMENT ON TABLE ratings IS 'What OMDb says of titles; movies are joined by imdb_id. OMDb''s "N/A" is NULL. Times are UTC.';
COMMENT ON COLUMN ratings.imdb_id IS 'IMDb''s id, by which it was asked for';
COMMENT ON COLUMN ratings.title IS 'OMDb''s title';
COMMENT ON COLUMN ratings.type IS 'movie, series, episode or game';
COMMENT ON COLUMN ratings.year IS 'Year, of a series its first';
COMMENT ON COLUMN ratings.end_year IS 'Last year; NULL for a series that runs';
COMMENT ON COLUMN ratings.rated IS 'Certificate in the United States';
COMMENT ON COLUMN ratings.released IS 'Day of release, as OMDb has it';
COMMENT ON COLUMN ratings.runtime IS 'Minutes';
COMMENT ON COLUMN ratings.imdb_rating IS 'IMDb''s average, 1 to 10';
COMMENT ON COLUMN ratings.imdb_votes IS 'Number of votes on IMDb';
COMMENT ON COLUMN ratings.rotten_tomatoes IS 'Percent of favourable reviews, 0 to 100';
COMMENT ON COLUMN ratings.metascore IS 'Metacritic''s average, 0 to 100';
COMMENT ON COLUMN ratings.awards IS 'Prizes and nominations in a sentence, as OMDb has it';
COMMENT ON COLUMN ratings.box_office IS 'US dollars taken in the United States and Canada';
COMMENT ON COLUMN ratings.genres IS 'OMDb''s names of genres';
COMMENT ON COLUMN ratings.languages IS 'OMDb''s names of languages';
COMMENT ON COLUMN ratings.countries IS 'OMDb''s names of countries';
COMMENT ON COLUMN ratings.director IS 'Directors, as OMDb lists them';
COMMENT ON COLUMN ratings.writer IS 'Writers, as OMDb lists them';
COMMENT ON COLUMN ratings.actors IS 'Leading actors, as OMDb lists them';
COMMENT ON COLUMN ratings.plot IS 'Summary of the plot, in short';
COMMENT ON COLUMN ratings.poster IS 'Address of a poster';
COMMENT ON COLUMN ratings.production IS 'Production company; hardly ever said since 2020';
COMMENT ON COLUMN ratings.website IS 'Address of the film''s site; hardly ever said since 2020';
COMMENT ON COLUMN ratings.dvd IS 'Day of release on disc; hardly ever said since 2020';
COMMENT ON COLUMN ratings.season IS 'Season of an episode';
COMMENT ON COLUMN ratings.episode IS 'Number of an episode in its season';
COMMENT ON COLUMN ratings.series_id IS 'IMDb''s id of an episode''s series';
COMMENT ON COLUMN ratings.total_seasons IS 'Seasons of a series';
COMMENT ON COLUMN ratings.raw IS 'Keys without a column of their own, and values that could not be read, as OMDb sent them';
COMMENT ON COLUMN ratings.fetched_at IS 'When OMDb made what is stored here; NULL when it never had the title';
COMMENT ON COLUMN ratings.asked_at IS 'When OMDb was last asked';
COMMENT ON COLUMN ratings.outcome IS 'What came of it: rated, none (OMDb has no such title), mismatched (it answered with another) or failed';
COMMENT ON COLUMN ratings.message IS 'What happened, if it was not rated';

CREATE TABLE allowance (
    source     VARCHAR,
    day        DATE,
    quota      BIGINT NOT NULL,
    spent      BIGINT NOT NULL,
    learned_at TIMESTAMP,
    PRIMARY KEY (source, day)
);
COMMENT ON TABLE allowance IS 'What of a daily quota is spent: sent, or leased to a process that is about to send it';
COMMENT ON COLUMN allowance.source IS 'Whose quota: OMDb, or the address of another server';
COMMENT ON COLUMN allowance.day IS 'The day, from midnight to midnight UTC';
COMMENT ON COLUMN allowance.quota IS 'Requests of the day, as last set';
COMMENT ON COLUMN allowance.spent IS 'Requests of the day from this file';
COMMENT ON COLUMN allowance.learned_at IS 'When the source said that nothing is left, whoever spent it; UTC';

CREATE SEQUENCE lease_ids;
CREATE TABLE leases (
    lease_id BIGINT PRIMARY KEY DEFAULT nextval('lease_ids'),
    source   VARCHAR NOT NULL,
    day      DATE NOT NULL,
    granted  INTEGER NOT NULL,
    imdb_ids VARCHAR[] NOT NULL,
    taken_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE leases IS 'Requests that were counted as spent before they were sent; one that stays here was lost with its process';
COMMENT ON COLUMN leases.lease_id IS 'Number of the lease';
COMMENT ON COLUMN leases.source IS 'Whose quota';
COMMENT ON COLUMN leases.day IS 'Of which day, UTC';
COMMENT ON COLUMN leases.granted IS 'How many requests';
COMMENT ON COLUMN leases.imdb_ids IS 'The titles that nobody else asks for meanwhile';
COMMENT ON COLUMN leases.taken_at IS 'UTC';
