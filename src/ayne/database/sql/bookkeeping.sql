-- What a file keeps beside the tables of kinds: how far the collection is, and what was asked. Each table as it is today;
-- a file of an older ayne is brought to it by the steps. `kind` says of what an id is: TMDB counts films,
-- series and people apart.

CREATE SEQUENCE IF NOT EXISTS sweep_ids;
CREATE TABLE IF NOT EXISTS sweeps (
    sweep_id    BIGINT PRIMARY KEY DEFAULT nextval('sweep_ids'),
    identity    VARCHAR NOT NULL,
    last_day    DATE NOT NULL,
    started_at  TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    kind        VARCHAR DEFAULT 'movie'
);
COMMENT ON TABLE sweeps IS 'One row for each discovery of a span of dates; a discovery that was interrupted is resumed until it is finished';
COMMENT ON COLUMN sweeps.sweep_id IS 'Number of the sweep';
COMMENT ON COLUMN sweeps.identity IS 'What was asked: span, filters and page limit';
COMMENT ON COLUMN sweeps.last_day IS 'Last release date of the span';
COMMENT ON COLUMN sweeps.started_at IS 'When the sweep started, UTC';
COMMENT ON COLUMN sweeps.finished_at IS 'When the sweep was finished, UTC; NULL while pages are missing';
COMMENT ON COLUMN sweeps.kind IS 'Kind that is discovered: movie or series';

CREATE TABLE IF NOT EXISTS ranges (
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
COMMENT ON TABLE ranges IS 'Coverage: what TMDB reported for each range of a sweep, and how much of it is stored';
COMMENT ON COLUMN ranges.sweep_id IS 'Number of the sweep that the range belongs to';
COMMENT ON COLUMN ranges.range IS 'Name of the range';
COMMENT ON COLUMN ranges.start_date IS 'First primary release date';
COMMENT ON COLUMN ranges.end_date IS 'Last primary release date';
COMMENT ON COLUMN ranges.min_votes IS 'Lowest vote count, NULL for any';
COMMENT ON COLUMN ranges.max_votes IS 'Highest vote count, NULL for any';
COMMENT ON COLUMN ranges.with_genres IS 'Genres that a film or series must all have';
COMMENT ON COLUMN ranges.without_genres IS 'Genres that a film or series must not have';
COMMENT ON COLUMN ranges.state IS 'open, split (other ranges cover it), proven, best effort (still incomplete after several sweeps), capped (by --max-pages) or overfull (TMDB does not list all)';
COMMENT ON COLUMN ranges.pages IS 'Number of pages in the latest sweep of the range, 0 before the first answer';
COMMENT ON COLUMN ranges.pages_done IS 'Numbers of the pages received; a range can be proven without all of them';
COMMENT ON COLUMN ranges.sweeps IS 'Finished sweeps of the range that left a gap';
COMMENT ON COLUMN ranges.rows IS 'Rows on all pages received, repeated ones included';
COMMENT ON COLUMN ranges.distinct_films IS 'Different films or series known to lie in the range';
COMMENT ON COLUMN ranges.reported_low IS 'Lowest total that TMDB reported';
COMMENT ON COLUMN ranges.reported_high IS 'Highest total that TMDB reported';
COMMENT ON COLUMN ranges.changed_at IS 'When the row last changed, UTC';

CREATE TABLE IF NOT EXISTS listed (
    sweep_id BIGINT NOT NULL,
    tmdb_id  BIGINT NOT NULL
);
COMMENT ON TABLE listed IS 'Which films or series each sweep listed; a sweep can list one more than once';
COMMENT ON COLUMN listed.sweep_id IS 'Number of the sweep';
COMMENT ON COLUMN listed.tmdb_id IS 'TMDB''s id of the film or series';

CREATE TABLE IF NOT EXISTS failures (
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
COMMENT ON TABLE failures IS 'Films and others whose details could not be fetched at the last try; a success removes the row';
COMMENT ON COLUMN failures.tmdb_id IS 'TMDB''s id; kind says of what';
COMMENT ON COLUMN failures.reason IS 'Kind of failure: timed_out, bad_payload…';
COMMENT ON COLUMN failures.message IS 'What happened';
COMMENT ON COLUMN failures.status IS 'HTTP status, NULL when there was no answer';
COMMENT ON COLUMN failures.attempts IS 'Requests sent for the last try';
COMMENT ON COLUMN failures.failed_at IS 'When the last try failed, UTC';
COMMENT ON COLUMN failures.retry_at IS 'ayne does not try again before this moment, UTC';
COMMENT ON COLUMN failures.kind IS 'Kind of what has the id: movie, series, person…';

CREATE SEQUENCE IF NOT EXISTS run_ids;
CREATE TABLE IF NOT EXISTS runs (
    run_id      BIGINT PRIMARY KEY DEFAULT nextval('run_ids'),
    version     VARCHAR NOT NULL,
    plan        JSON NOT NULL,
    started_at  TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    outcome     VARCHAR,
    report      JSON
);
COMMENT ON TABLE runs IS 'One row for each run of the collector';
COMMENT ON COLUMN runs.run_id IS 'Number of the run';
COMMENT ON COLUMN runs.version IS 'Version of ayne';
COMMENT ON COLUMN runs.plan IS 'What was asked for';
COMMENT ON COLUMN runs.started_at IS 'When the run started, UTC';
COMMENT ON COLUMN runs.finished_at IS 'When the run finished, UTC; NULL while it runs, or if it was killed';
COMMENT ON COLUMN runs.outcome IS 'done, interrupted or stopped';
COMMENT ON COLUMN runs.report IS 'Counters of the run';

CREATE TABLE IF NOT EXISTS parts (
    tmdb_id    BIGINT NOT NULL,
    part       VARCHAR NOT NULL,
    rows       BIGINT,
    unreadable BIGINT NOT NULL DEFAULT 0,
    reported   BIGINT,
    leftovers  JSON,
    body       JSON,
    fetched_at TIMESTAMP NOT NULL,
    kind       VARCHAR DEFAULT 'movie'
);
COMMENT ON TABLE parts IS 'Which parts are stored of which films and others; the table of each part has its rows';
COMMENT ON COLUMN parts.tmdb_id IS 'TMDB''s id; kind says of what';
COMMENT ON COLUMN parts.part IS 'TMDB''s name for the part, as in append_to_response';
COMMENT ON COLUMN parts.rows IS 'Rows stored of the part; NULL when TMDB sent no such part, or when body has it';
COMMENT ON COLUMN parts.unreadable IS 'Rows that could not be read and were left out';
COMMENT ON COLUMN parts.reported IS 'Rows that TMDB has in all; it sends only the first page of reviews and the like with the details';
COMMENT ON COLUMN parts.leftovers IS 'How often each key was found that has no column, or whose value could not be read';
COMMENT ON COLUMN parts.body IS 'The part as TMDB sent it, for parts without a table: changes, lists and the like';
COMMENT ON COLUMN parts.fetched_at IS 'When TMDB made the part, UTC';
COMMENT ON COLUMN parts.kind IS 'Kind of what has the id: movie, series, person…';

-- zstd, because what DuckDB chooses by itself takes two to three times the room, and zlib on each body about twice.
CREATE TABLE IF NOT EXISTS raw (
    tmdb_id     BIGINT NOT NULL,
    parts       VARCHAR[] NOT NULL,
    body        VARCHAR USING COMPRESSION zstd NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    kind        VARCHAR DEFAULT 'movie'
);
COMMENT ON TABLE raw IS 'Answers as TMDB sent them, without the key; `ayne rebuild` makes the other tables from them';
COMMENT ON COLUMN raw.tmdb_id IS 'TMDB''s id; kind says of what';
COMMENT ON COLUMN raw.parts IS 'Parts that were requested; an answer stays until a newer one has all of its parts';
COMMENT ON COLUMN raw.body IS 'The answer, in JSON; compressed in the file';
COMMENT ON COLUMN raw.observed_at IS 'When TMDB made the answer, UTC';
COMMENT ON COLUMN raw.kind IS 'Kind of what has the id: movie, series, person…';

CREATE TABLE IF NOT EXISTS etags (
    tmdb_id BIGINT NOT NULL,
    parts   VARCHAR[] NOT NULL,
    etag    VARCHAR NOT NULL,
    kind    VARCHAR DEFAULT 'movie'
);
COMMENT ON TABLE etags IS 'ETag of each stored copy; ayne sends it with a request, so that TMDB need not send an unchanged answer again';
COMMENT ON COLUMN etags.tmdb_id IS 'TMDB''s id; kind says of what';
COMMENT ON COLUMN etags.parts IS 'Parts that were requested with it; other parts have another ETag';
COMMENT ON COLUMN etags.etag IS 'ETag header of the answer';
COMMENT ON COLUMN etags.kind IS 'Kind of what has the id: movie, series, person…';

CREATE TABLE IF NOT EXISTS exports (
    export      VARCHAR,
    day         DATE,
    bytes       BIGINT NOT NULL,
    films       BIGINT NOT NULL,
    unreadable  BIGINT NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    PRIMARY KEY (export, day)
);
COMMENT ON TABLE exports IS 'Daily id exports whose ids are all stored in census';
COMMENT ON COLUMN exports.export IS 'Name of the export, like movie_ids or adult_movie_ids';
COMMENT ON COLUMN exports.day IS 'Day of the export';
COMMENT ON COLUMN exports.bytes IS 'Size of the compressed file';
COMMENT ON COLUMN exports.films IS 'Different ids in the export';
COMMENT ON COLUMN exports.unreadable IS 'Lines left out because they have no usable id';
COMMENT ON COLUMN exports.finished_at IS 'When its ids were stored in census, UTC';

CREATE TABLE IF NOT EXISTS census (
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
COMMENT ON TABLE census IS 'Every id that a daily id export ever named; ids of the newest export have the newest exported_on';
COMMENT ON COLUMN census.tmdb_id IS 'TMDB''s id; kind says of what';
COMMENT ON COLUMN census.original_title IS 'Title or name in the original language';
COMMENT ON COLUMN census.popularity IS 'TMDB''s popularity score on the day of the export';
COMMENT ON COLUMN census.adult IS 'TMDB''s flag for adult films, series or people; NULL in exports from before 2020';
COMMENT ON COLUMN census.video IS 'TMDB''s flag for compilations, concerts and the like';
COMMENT ON COLUMN census.export IS 'Last export that named the id, like movie_ids or adult_movie_ids';
COMMENT ON COLUMN census.exported_on IS 'Day of the newest export that named the id';
COMMENT ON COLUMN census.first_exported_on IS 'Day of the first stored export that named the id';
COMMENT ON COLUMN census.gone_at IS 'When TMDB said that it does not have the id, if nothing was stored under it then; UTC';
COMMENT ON COLUMN census.merged_into IS 'Id that TMDB answered with instead, if nothing was stored under the id then';
COMMENT ON COLUMN census.kind IS 'Kind of what has the id: movie, series, person…';

CREATE TABLE IF NOT EXISTS change_feed (
    feed      VARCHAR PRIMARY KEY,
    watermark DATE NOT NULL,
    moved_at  TIMESTAMP NOT NULL
);
COMMENT ON TABLE change_feed IS 'How far ayne has followed each change feed of TMDB, and has searched each export for new ids';
COMMENT ON COLUMN change_feed.feed IS 'Kind of the feed, like movie, or name of the export, like movie_ids';
COMMENT ON COLUMN change_feed.watermark IS 'Last day (UTC) whose ids were all stored';
COMMENT ON COLUMN change_feed.moved_at IS 'When the watermark last moved, UTC';

CREATE TABLE IF NOT EXISTS changed (
    tmdb_id    BIGINT,
    changed_by TIMESTAMP NOT NULL,
    safe_at    TIMESTAMP NOT NULL,
    not_before TIMESTAMP NOT NULL,
    seen_at    TIMESTAMP NOT NULL,
    kind       VARCHAR DEFAULT 'movie',
    PRIMARY KEY (kind, tmdb_id)
);
COMMENT ON TABLE changed IS 'What the change feed named and was not fetched since; storing newer details removes the row';
COMMENT ON COLUMN changed.tmdb_id IS 'TMDB''s id; kind says of what';
COMMENT ON COLUMN changed.changed_by IS 'End of the latest day on which it changed, UTC';
COMMENT ON COLUMN changed.safe_at IS 'Details made at this moment or later are sure to show the change, whatever cache they come from; only such details remove the row; UTC';
COMMENT ON COLUMN changed.not_before IS 'ayne does not fetch it before this moment, UTC';
COMMENT ON COLUMN changed.seen_at IS 'When ayne read the change, UTC';
COMMENT ON COLUMN changed.kind IS 'Kind of what has the id: movie, series, person…';

CREATE TABLE IF NOT EXISTS ratings (
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
COMMENT ON TABLE ratings IS 'OMDb''s data on each title; join movies by imdb_id. OMDb''s "N/A" is NULL. Times are UTC.';
COMMENT ON COLUMN ratings.imdb_id IS 'IMDb''s id, with which OMDb was asked';
COMMENT ON COLUMN ratings.title IS 'OMDb''s title';
COMMENT ON COLUMN ratings.type IS 'movie, series, episode or game';
COMMENT ON COLUMN ratings.year IS 'Year; of a series, the first year';
COMMENT ON COLUMN ratings.end_year IS 'Last year of a series; NULL while it runs';
COMMENT ON COLUMN ratings.rated IS 'Certificate in the United States';
COMMENT ON COLUMN ratings.released IS 'Day of release in OMDb';
COMMENT ON COLUMN ratings.runtime IS 'Minutes';
COMMENT ON COLUMN ratings.imdb_rating IS 'IMDb''s average, 1 to 10';
COMMENT ON COLUMN ratings.imdb_votes IS 'Number of votes on IMDb';
COMMENT ON COLUMN ratings.rotten_tomatoes IS 'Percent of favourable reviews, 0 to 100';
COMMENT ON COLUMN ratings.metascore IS 'Metacritic''s average, 0 to 100';
COMMENT ON COLUMN ratings.awards IS 'Prizes and nominations, in OMDb''s own sentence';
COMMENT ON COLUMN ratings.box_office IS 'US dollars taken in the United States and Canada';
COMMENT ON COLUMN ratings.genres IS 'OMDb''s names of genres';
COMMENT ON COLUMN ratings.languages IS 'OMDb''s names of languages';
COMMENT ON COLUMN ratings.countries IS 'OMDb''s names of countries';
COMMENT ON COLUMN ratings.director IS 'Directors, as OMDb lists them';
COMMENT ON COLUMN ratings.writer IS 'Writers, as OMDb lists them';
COMMENT ON COLUMN ratings.actors IS 'Leading actors, as OMDb lists them';
COMMENT ON COLUMN ratings.plot IS 'Short summary of the plot';
COMMENT ON COLUMN ratings.poster IS 'Address of a poster';
COMMENT ON COLUMN ratings.production IS 'Production company; hardly ever filled since 2020';
COMMENT ON COLUMN ratings.website IS 'Address of the film''s site; hardly ever filled since 2020';
COMMENT ON COLUMN ratings.dvd IS 'Day of release on disc; hardly ever filled since 2020';
COMMENT ON COLUMN ratings.season IS 'Season of an episode';
COMMENT ON COLUMN ratings.episode IS 'Number of an episode in its season';
COMMENT ON COLUMN ratings.series_id IS 'IMDb''s id of the series that an episode belongs to';
COMMENT ON COLUMN ratings.total_seasons IS 'Number of seasons of a series';
COMMENT ON COLUMN ratings.raw IS 'Keys without a column of their own, and values that could not be read, as OMDb sent them';
COMMENT ON COLUMN ratings.fetched_at IS 'When OMDb made the answer that is stored; NULL when it never had the title';
COMMENT ON COLUMN ratings.asked_at IS 'When OMDb was last asked';
COMMENT ON COLUMN ratings.outcome IS 'Result of the last request: rated, none (OMDb has no such title), mismatched (it answered with another title), malformed (its answer cannot be read) or failed';
COMMENT ON COLUMN ratings.message IS 'Why it was not rated';

CREATE TABLE IF NOT EXISTS allowance (
    source     VARCHAR,
    day        DATE,
    quota      BIGINT NOT NULL,
    spent      BIGINT NOT NULL,
    learned_at TIMESTAMP,
    PRIMARY KEY (source, day)
);
COMMENT ON TABLE allowance IS 'How much of a daily quota is spent: requests sent, and requests leased to a process that is about to send them';
COMMENT ON COLUMN allowance.source IS 'Who sets the quota: OMDb, or the address of another server';
COMMENT ON COLUMN allowance.day IS 'Day of the quota, from midnight to midnight UTC';
COMMENT ON COLUMN allowance.quota IS 'Requests allowed that day, as last set';
COMMENT ON COLUMN allowance.spent IS 'Requests of that day sent or leased from this file';
COMMENT ON COLUMN allowance.learned_at IS 'When the source said that the quota is used up, whoever used it; UTC';

CREATE SEQUENCE IF NOT EXISTS lease_ids;
CREATE TABLE IF NOT EXISTS leases (
    lease_id BIGINT PRIMARY KEY DEFAULT nextval('lease_ids'),
    source   VARCHAR NOT NULL,
    day      DATE NOT NULL,
    granted  INTEGER NOT NULL,
    imdb_ids VARCHAR[] NOT NULL,
    taken_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE leases IS 'Requests counted as spent before they were sent; if a process dies, its row stays';
COMMENT ON COLUMN leases.lease_id IS 'Number of the lease';
COMMENT ON COLUMN leases.source IS 'Who sets the quota';
COMMENT ON COLUMN leases.day IS 'Day of the quota, UTC';
COMMENT ON COLUMN leases.granted IS 'Number of requests';
COMMENT ON COLUMN leases.imdb_ids IS 'Titles that no other process asks for meanwhile';
COMMENT ON COLUMN leases.taken_at IS 'When the lease was taken, UTC';

CREATE TABLE IF NOT EXISTS given (
    file       VARCHAR NOT NULL,
    digest     VARCHAR NOT NULL,
    row        BIGINT NOT NULL,
    given      VARCHAR NOT NULL,
    tmdb_id    BIGINT,
    imdb_id    VARCHAR,
    outcome    VARCHAR NOT NULL,
    message    VARCHAR,
    changed_at TIMESTAMP NOT NULL,
    again_at   TIMESTAMP,
    kind       VARCHAR DEFAULT 'movie'
);
COMMENT ON TABLE given IS 'Each row of a list of films, series or people (`ayne collect --ids`), and what became of it';
COMMENT ON COLUMN given.file IS 'Name of the file; - for standard input, (ids) for ids given in Python';
COMMENT ON COLUMN given.digest IS 'SHA-256 of the list, and of the column that was named';
COMMENT ON COLUMN given.row IS 'Number of the row, from 1, without a header';
COMMENT ON COLUMN given.given IS 'Text of the row';
COMMENT ON COLUMN given.tmdb_id IS 'TMDB''s id that the row names, or that its IMDb id belongs to; after a merge, the id it was merged into';
COMMENT ON COLUMN given.imdb_id IS 'IMDb''s id, if the row names one';
COMMENT ON COLUMN given.outcome IS 'waiting, stored, already stored (when the list was read), merged, gone (it was stored once), not found (TMDB has no such film), not a film (a series, a person), not a series (a film, an episode), not a person, unreadable or failed';
COMMENT ON COLUMN given.message IS 'Why it is not stored';
COMMENT ON COLUMN given.changed_at IS 'When the outcome last changed, UTC';
COMMENT ON COLUMN given.again_at IS 'The same list tries again from this moment on, UTC; NULL when there is nothing to try again';
COMMENT ON COLUMN given.kind IS 'Kind that the list is of: movie, series or person';

CREATE TABLE IF NOT EXISTS imdb_ratings (
    imdb_id VARCHAR PRIMARY KEY,
    rating  DOUBLE,
    votes   BIGINT,
    made_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE imdb_ratings IS 'Ratings of stored titles in IMDb''s daily file; join movies by their imdb_id, series by that of series_external_ids, episodes by that of imdb_episodes. The file is for personal and non-commercial use. Times are UTC.';
COMMENT ON COLUMN imdb_ratings.imdb_id IS 'IMDb''s id';
COMMENT ON COLUMN imdb_ratings.rating IS 'IMDb''s average, 1 to 10';
COMMENT ON COLUMN imdb_ratings.votes IS 'Number of votes on IMDb';
COMMENT ON COLUMN imdb_ratings.made_at IS 'When the newest file with this title was made';

CREATE TABLE IF NOT EXISTS imdb_history (
    imdb_id     VARCHAR NOT NULL,
    rating      DOUBLE,
    votes       BIGINT,
    observed_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE imdb_history IS 'How IMDb''s ratings changed: a row when the rating changed, or the votes changed by more than 1 %';
COMMENT ON COLUMN imdb_history.imdb_id IS 'IMDb''s id';
COMMENT ON COLUMN imdb_history.rating IS 'IMDb''s average, 1 to 10';
COMMENT ON COLUMN imdb_history.votes IS 'Number of votes on IMDb';
COMMENT ON COLUMN imdb_history.observed_at IS 'When the file with this rating was made, UTC';

CREATE TABLE IF NOT EXISTS imdb_files (
    made_at    TIMESTAMP NOT NULL,
    stored_at  TIMESTAMP NOT NULL,
    titles     BIGINT NOT NULL,
    films      BIGINT NOT NULL,
    rated      BIGINT NOT NULL,
    unreadable BIGINT NOT NULL,
    known      UBIGINT
);
COMMENT ON TABLE imdb_files IS 'IMDb''s files of ratings that ayne read; times are UTC';
COMMENT ON COLUMN imdb_files.made_at IS 'When the file was made';
COMMENT ON COLUMN imdb_files.stored_at IS 'When the ratings were stored';
COMMENT ON COLUMN imdb_files.titles IS 'Number of titles in the file';
COMMENT ON COLUMN imdb_files.films IS 'Number of different titles stored in this database then: films, series, and episodes that IMDb''s file of episodes names';
COMMENT ON COLUMN imdb_files.rated IS 'How many of those the file rates';
COMMENT ON COLUMN imdb_files.unreadable IS 'Number of lines that could not be read';
COMMENT ON COLUMN imdb_files.known IS 'Checksum of the ids of these titles; it tells whether titles were added since';

CREATE TABLE IF NOT EXISTS imdb_episodes (
    tmdb_id BIGINT NOT NULL,
    imdb_id VARCHAR NOT NULL
);
COMMENT ON TABLE imdb_episodes IS 'IMDb''s ids of stored episodes, matched with IMDb''s file of episodes by the series'' IMDb id and by season and episode number. The file is for personal and non-commercial use.';
COMMENT ON COLUMN imdb_episodes.tmdb_id IS 'TMDB''s id of the episode';
COMMENT ON COLUMN imdb_episodes.imdb_id IS 'IMDb''s id';
