-- What the file remembers of films over time, and what TMDB said of each copy so that it need not be sent again.
ALTER TABLE movies ADD COLUMN merged_at TIMESTAMP;
-- When that was said was not kept until now; it was later than anything else that is known of the film.
UPDATE movies SET merged_at = coalesce(greatest(details_at, summary_at, gone_at), first_seen_at)
WHERE merged_into IS NOT NULL;
COMMENT ON COLUMN movies.merged_at IS 'When TMDB answered with another id, UTC';
COMMENT ON COLUMN movies.gone_at IS 'When TMDB last said that it has no such film; NULL when it has';

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
COMMENT ON TABLE movie_history IS 'How a film changed: a row when its details first came, and whenever one of these columns was another than before. Lists do not count: how old their rows are is not known';
COMMENT ON COLUMN movie_history.tmdb_id IS 'The film';
COMMENT ON COLUMN movie_history.observed_at IS 'When TMDB made the answer that said so (not when a cache served it), UTC';
COMMENT ON COLUMN movie_history.vote_count IS 'Number of votes';
COMMENT ON COLUMN movie_history.vote_average IS '0.5 to 10, NULL when nobody voted';
COMMENT ON COLUMN movie_history.popularity IS 'TMDB''s score; its scale has changed over the years';
COMMENT ON COLUMN movie_history.revenue IS 'US dollars';
COMMENT ON COLUMN movie_history.budget IS 'US dollars';
COMMENT ON COLUMN movie_history.status IS 'Rumored, Planned, In Production, Post Production, Released or Canceled';
COMMENT ON COLUMN movie_history.gone IS 'Whether TMDB said that it has no such film; the other values are the last that are known';
COMMENT ON COLUMN movie_history.merged_into IS 'The id that TMDB answered with instead; a later row without it, and not gone, is a film that came back';

-- What was collected so far is the first observation.
INSERT INTO movie_history
SELECT tmdb_id, greatest(details_at, summary_at), vote_count, vote_average, popularity, revenue, budget, status, false, NULL
FROM movies WHERE details_at IS NOT NULL;
INSERT INTO movie_history
SELECT tmdb_id, greatest(details_at, summary_at, gone_at, merged_at), vote_count, vote_average, popularity, revenue,
       budget, status, gone_at IS NOT NULL, merged_into
FROM movies WHERE gone_at IS NOT NULL OR merged_into IS NOT NULL;

-- Whoever adds columns that are read out of an answer empties this table: a 304 brings nothing to read them from.
CREATE TABLE etags (
    tmdb_id BIGINT NOT NULL,
    parts   VARCHAR[] NOT NULL,
    etag    VARCHAR NOT NULL
);
COMMENT ON TABLE etags IS 'By what name TMDB knows the copy of a film that is stored here, so that it need not send an equal one';
COMMENT ON COLUMN etags.tmdb_id IS 'The film';
COMMENT ON COLUMN etags.parts IS 'The parts that were asked for with it; with others the name is another';
COMMENT ON COLUMN etags.etag IS 'The ETag header of the answer';

CREATE VIEW films AS
SELECT tmdb_id, imdb_id, title, original_title, original_language, overview, tagline, status, release_date, runtime,
       budget, revenue, genre_ids, genres, production_company_ids, production_companies, production_countries,
       spoken_languages, origin_country, collection_id, collection_name, vote_average, vote_count, popularity, adult,
       video, softcore, homepage, poster_path, backdrop_path, raw, first_seen_at, summary_at, details_at
FROM movies
WHERE gone_at IS NULL AND merged_into IS NULL AND coalesce(details_at, summary_at) IS NOT NULL;
COMMENT ON VIEW films IS 'The films that TMDB has: those of movies that are not gone, not merged into another, and not purged';
COMMENT ON COLUMN films.tmdb_id IS 'TMDB''s id of the film';
COMMENT ON COLUMN films.imdb_id IS 'IMDb''s id: tt and seven or eight digits';
COMMENT ON COLUMN films.title IS 'Title in the language asked for';
COMMENT ON COLUMN films.original_title IS 'Title in the original language';
COMMENT ON COLUMN films.original_language IS 'ISO 639-1, with TMDB''s own xx (none) and cn (Cantonese)';
COMMENT ON COLUMN films.overview IS 'Summary of the plot';
COMMENT ON COLUMN films.tagline IS 'Advertising line';
COMMENT ON COLUMN films.status IS 'Rumored, Planned, In Production, Post Production, Released or Canceled';
COMMENT ON COLUMN films.release_date IS 'Primary release date';
COMMENT ON COLUMN films.runtime IS 'Minutes';
COMMENT ON COLUMN films.budget IS 'US dollars, as entered by users';
COMMENT ON COLUMN films.revenue IS 'US dollars, as entered by users';
COMMENT ON COLUMN films.genre_ids IS 'TMDB''s ids of the genres';
COMMENT ON COLUMN films.genres IS 'Names of the genres, in the order of genre_ids; from the details';
COMMENT ON COLUMN films.production_company_ids IS 'TMDB''s ids of the companies';
COMMENT ON COLUMN films.production_companies IS 'Names of the companies, in the order of production_company_ids';
COMMENT ON COLUMN films.production_countries IS 'ISO 3166-1 codes';
COMMENT ON COLUMN films.spoken_languages IS 'ISO 639-1 codes';
COMMENT ON COLUMN films.origin_country IS 'ISO 3166-1 codes; not the same as production_countries';
COMMENT ON COLUMN films.collection_id IS 'TMDB''s id of the series the film belongs to';
COMMENT ON COLUMN films.collection_name IS 'Name of that series';
COMMENT ON COLUMN films.vote_average IS '0.5 to 10, NULL when nobody voted';
COMMENT ON COLUMN films.vote_count IS 'Number of votes';
COMMENT ON COLUMN films.popularity IS 'TMDB''s score; its scale has changed over the years';
COMMENT ON COLUMN films.adult IS 'TMDB''s flag for adult films';
COMMENT ON COLUMN films.video IS 'TMDB''s flag for compilations, concerts and the like';
COMMENT ON COLUMN films.softcore IS 'TMDB''s flag, sent since 2026';
COMMENT ON COLUMN films.homepage IS 'Address of the film''s site';
COMMENT ON COLUMN films.poster_path IS 'To be appended to an image base URL';
COMMENT ON COLUMN films.backdrop_path IS 'To be appended to an image base URL';
COMMENT ON COLUMN films.raw IS 'Keys without a column of their own, and values that could not be read, as TMDB sent them';
COMMENT ON COLUMN films.first_seen_at IS 'When ayne first heard of the film';
COMMENT ON COLUMN films.summary_at IS 'When TMDB made the newest list row stored here';
COMMENT ON COLUMN films.details_at IS 'When TMDB made the details stored here, or last said that they are as they were; NULL when only a list row is known';

CREATE MACRO film_as_of(day) AS TABLE
SELECT tmdb_id, observed_at, vote_count, vote_average, popularity, revenue, budget, status, gone, merged_into
FROM movie_history
WHERE observed_at < CAST(day AS DATE) + INTERVAL 1 DAY
QUALIFY row_number() OVER (PARTITION BY tmdb_id ORDER BY observed_at DESC, rowid DESC) = 1;
COMMENT ON MACRO TABLE film_as_of IS 'Each film as it was known when a day (UTC) ended: SELECT * FROM film_as_of(''2026-03-01'') WHERE tmdb_id = 550';
