CREATE TABLE movies (
    tmdb_id                BIGINT PRIMARY KEY,
    imdb_id                VARCHAR,
    title                  VARCHAR,
    original_title         VARCHAR,
    original_language      VARCHAR,
    overview               VARCHAR,
    tagline                VARCHAR,
    status                 VARCHAR,
    release_date           DATE,
    runtime                INTEGER,
    budget                 BIGINT,
    revenue                BIGINT,
    genre_ids              BIGINT[],
    genres                 VARCHAR[],
    production_company_ids BIGINT[],
    production_companies   VARCHAR[],
    production_countries   VARCHAR[],
    spoken_languages       VARCHAR[],
    origin_country         VARCHAR[],
    collection_id          BIGINT,
    collection_name        VARCHAR,
    vote_average           DOUBLE,
    vote_count             BIGINT,
    popularity             DOUBLE,
    adult                  BOOLEAN,
    video                  BOOLEAN,
    softcore               BOOLEAN,
    homepage               VARCHAR,
    poster_path            VARCHAR,
    backdrop_path          VARCHAR,
    raw                    JSON,
    first_seen_at          TIMESTAMP NOT NULL,
    summary_at             TIMESTAMP,
    details_at             TIMESTAMP,
    gone_at                TIMESTAMP,
    merged_into            BIGINT
);
COMMENT ON TABLE movies IS 'One row a film. Unknown is NULL: TMDB writes 0 or an empty text. Times are UTC.';
COMMENT ON COLUMN movies.tmdb_id IS 'TMDB''s id of the film';
COMMENT ON COLUMN movies.imdb_id IS 'IMDb''s id: tt and seven or eight digits';
COMMENT ON COLUMN movies.title IS 'Title in the language asked for';
COMMENT ON COLUMN movies.original_title IS 'Title in the original language';
COMMENT ON COLUMN movies.original_language IS 'ISO 639-1, with TMDB''s own xx (none) and cn (Cantonese)';
COMMENT ON COLUMN movies.overview IS 'Summary of the plot';
COMMENT ON COLUMN movies.tagline IS 'Advertising line';
COMMENT ON COLUMN movies.status IS 'Rumored, Planned, In Production, Post Production, Released or Canceled';
COMMENT ON COLUMN movies.release_date IS 'Primary release date';
COMMENT ON COLUMN movies.runtime IS 'Minutes';
COMMENT ON COLUMN movies.budget IS 'US dollars, as entered by users';
COMMENT ON COLUMN movies.revenue IS 'US dollars, as entered by users';
COMMENT ON COLUMN movies.genre_ids IS 'TMDB''s ids of the genres';
COMMENT ON COLUMN movies.genres IS 'Names of the genres, in the order of genre_ids; from the details';
COMMENT ON COLUMN movies.production_company_ids IS 'TMDB''s ids of the companies';
COMMENT ON COLUMN movies.production_companies IS 'Names of the companies, in the order of production_company_ids';
COMMENT ON COLUMN movies.production_countries IS 'ISO 3166-1 codes';
COMMENT ON COLUMN movies.spoken_languages IS 'ISO 639-1 codes';
COMMENT ON COLUMN movies.origin_country IS 'ISO 3166-1 codes; not the same as production_countries';
COMMENT ON COLUMN movies.collection_id IS 'TMDB''s id of the series the film belongs to';
COMMENT ON COLUMN movies.collection_name IS 'Name of that series';
COMMENT ON COLUMN movies.vote_average IS '0.5 to 10, NULL when nobody voted';
COMMENT ON COLUMN movies.vote_count IS 'Number of votes';
COMMENT ON COLUMN movies.popularity IS 'TMDB''s score; its scale has changed over the years';
COMMENT ON COLUMN movies.adult IS 'TMDB''s flag for adult films';
COMMENT ON COLUMN movies.video IS 'TMDB''s flag for compilations, concerts and the like';
COMMENT ON COLUMN movies.softcore IS 'TMDB''s flag, sent since 2026';
COMMENT ON COLUMN movies.homepage IS 'Address of the film''s site';
COMMENT ON COLUMN movies.poster_path IS 'To be appended to an image base URL';
COMMENT ON COLUMN movies.backdrop_path IS 'To be appended to an image base URL';
COMMENT ON COLUMN movies.raw IS 'Keys without a column of their own, and values that could not be read, as TMDB sent them';
COMMENT ON COLUMN movies.first_seen_at IS 'When ayne first heard of the film';
COMMENT ON COLUMN movies.summary_at IS 'When TMDB made the newest list row stored here';
COMMENT ON COLUMN movies.details_at IS 'When TMDB made the details stored here; NULL when only a list row is known';
COMMENT ON COLUMN movies.gone_at IS 'When TMDB said that it has no such film any more';
COMMENT ON COLUMN movies.merged_into IS 'The id that TMDB answers with instead';

CREATE TABLE parts (
    tmdb_id    BIGINT,
    part       VARCHAR,
    body       JSON NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tmdb_id, part)
);
COMMENT ON TABLE parts IS 'Sub-resources of films (credits, keywords…), as TMDB sent them';
COMMENT ON COLUMN parts.tmdb_id IS 'The film';
COMMENT ON COLUMN parts.part IS 'TMDB''s name for the part, as in append_to_response';
COMMENT ON COLUMN parts.body IS 'The part as it came';
COMMENT ON COLUMN parts.fetched_at IS 'When TMDB made it, UTC';

CREATE SEQUENCE sweep_ids;
CREATE TABLE sweeps (
    sweep_id    BIGINT PRIMARY KEY DEFAULT nextval('sweep_ids'),
    identity    VARCHAR NOT NULL,
    last_day    DATE NOT NULL,
    started_at  TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
COMMENT ON TABLE sweeps IS 'One row for each discovery of a span; it is carried on until it is finished';
COMMENT ON COLUMN sweeps.sweep_id IS 'Number of the sweep';
COMMENT ON COLUMN sweeps.identity IS 'What was asked: span, filters and page limit';
COMMENT ON COLUMN sweeps.last_day IS 'Last release date of the span';
COMMENT ON COLUMN sweeps.started_at IS 'UTC';
COMMENT ON COLUMN sweeps.finished_at IS 'UTC; NULL while pages are missing';

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
    rows           BIGINT NOT NULL,
    reported_low   BIGINT,
    reported_high  BIGINT,
    PRIMARY KEY (sweep_id, range)
);
COMMENT ON TABLE ranges IS 'Coverage: what one query of a sweep reported and what was received';
COMMENT ON COLUMN ranges.sweep_id IS 'The sweep it belongs to';
COMMENT ON COLUMN ranges.range IS 'The range in words';
COMMENT ON COLUMN ranges.start_date IS 'First primary release date';
COMMENT ON COLUMN ranges.end_date IS 'Last primary release date';
COMMENT ON COLUMN ranges.min_votes IS 'Lowest vote count, NULL for any';
COMMENT ON COLUMN ranges.max_votes IS 'Highest vote count, NULL for any';
COMMENT ON COLUMN ranges.with_genres IS 'Genres a film must all have';
COMMENT ON COLUMN ranges.without_genres IS 'Genres a film must have none of';
COMMENT ON COLUMN ranges.state IS 'open, split (others cover it), complete, capped (by --max-pages) or overfull';
COMMENT ON COLUMN ranges.pages IS 'Pages to fetch, 0 before the first answer';
COMMENT ON COLUMN ranges.pages_done IS 'Pages received';
COMMENT ON COLUMN ranges.rows IS 'Films on those pages, repeats included';
COMMENT ON COLUMN ranges.reported_low IS 'Lowest total that TMDB reported';
COMMENT ON COLUMN ranges.reported_high IS 'Highest total that TMDB reported';

CREATE TABLE listed (
    sweep_id BIGINT NOT NULL,
    tmdb_id  BIGINT NOT NULL
);
COMMENT ON TABLE listed IS 'Which films a sweep listed; a film can be listed more than once';
COMMENT ON COLUMN listed.sweep_id IS 'The sweep';
COMMENT ON COLUMN listed.tmdb_id IS 'The film';

CREATE TABLE failures (
    tmdb_id   BIGINT PRIMARY KEY,
    reason    VARCHAR NOT NULL,
    message   VARCHAR NOT NULL,
    status    INTEGER,
    attempts  INTEGER NOT NULL,
    failed_at TIMESTAMP NOT NULL,
    retry_at  TIMESTAMP NOT NULL
);
COMMENT ON TABLE failures IS 'Films whose details could not be had at the last try; a success removes the row';
COMMENT ON COLUMN failures.tmdb_id IS 'The film';
COMMENT ON COLUMN failures.reason IS 'Kind of failure: timed_out, bad_payload…';
COMMENT ON COLUMN failures.message IS 'What happened';
COMMENT ON COLUMN failures.status IS 'HTTP status, NULL when there was no answer';
COMMENT ON COLUMN failures.attempts IS 'Requests spent on the last try';
COMMENT ON COLUMN failures.failed_at IS 'UTC';
COMMENT ON COLUMN failures.retry_at IS 'Not asked again before this moment, UTC';

CREATE SEQUENCE run_ids;
CREATE TABLE runs (
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
COMMENT ON COLUMN runs.started_at IS 'UTC';
COMMENT ON COLUMN runs.finished_at IS 'UTC; NULL while it runs, or when it was killed';
COMMENT ON COLUMN runs.outcome IS 'done, interrupted or stopped';
COMMENT ON COLUMN runs.report IS 'Counters of the run';
