-- Until now the parts were kept as JSON. Those that have tables now are fetched again; the others stay as they are.
CREATE TEMP TABLE kept_parts AS SELECT * FROM parts WHERE part IN ('changes', 'lists');
DROP TABLE parts;
CREATE TABLE parts (
    tmdb_id    BIGINT,
    part       VARCHAR,
    rows       BIGINT,
    unreadable BIGINT NOT NULL DEFAULT 0,
    reported   BIGINT,
    leftovers  JSON,
    body       JSON,
    fetched_at TIMESTAMP NOT NULL,
    PRIMARY KEY (tmdb_id, part)
);
INSERT INTO parts BY NAME SELECT * FROM kept_parts;
DROP TABLE kept_parts;
COMMENT ON TABLE parts IS 'Which parts of which films are stored; the rows of each are in the table of its name';
COMMENT ON COLUMN parts.tmdb_id IS 'The film';
COMMENT ON COLUMN parts.part IS 'TMDB''s name for the part, as in append_to_response';
COMMENT ON COLUMN parts.rows IS 'Rows stored of it; NULL when TMDB sent no such part, or it is kept in body';
COMMENT ON COLUMN parts.unreadable IS 'Rows that could not be read and were left out';
COMMENT ON COLUMN parts.reported IS 'Rows that TMDB has in all; only the first page of reviews and the like comes with a film';
COMMENT ON COLUMN parts.leftovers IS 'How often each key was met that no column holds, or whose value could not be read';
COMMENT ON COLUMN parts.body IS 'The part as it came, for parts without a table: changes and lists';
COMMENT ON COLUMN parts.fetched_at IS 'When TMDB made it, UTC';

-- No keys are declared here: what makes a row itself is seen to before it is written, and an index of all credits would
-- cost more than all films do. A film's rows are replaced together.

CREATE TABLE credits (
    tmdb_id              BIGINT NOT NULL,
    kind                 VARCHAR NOT NULL,
    credit_id            VARCHAR,
    person_id            BIGINT NOT NULL,
    name                 VARCHAR,
    original_name        VARCHAR,
    department           VARCHAR,
    job                  VARCHAR,
    character            VARCHAR,
    billing              INTEGER,
    cast_id              BIGINT,
    gender               INTEGER,
    known_for_department VARCHAR,
    popularity           DOUBLE,
    adult                BOOLEAN,
    profile_path         VARCHAR
);
COMMENT ON TABLE credits IS 'Who did what in a film; a person has a row for each job';
COMMENT ON COLUMN credits.tmdb_id IS 'The film';
COMMENT ON COLUMN credits.kind IS 'cast or crew';
COMMENT ON COLUMN credits.credit_id IS 'What makes the row itself; NULL in answers from before 2018';
COMMENT ON COLUMN credits.person_id IS 'TMDB''s id of the person';
COMMENT ON COLUMN credits.name IS 'Name of the person';
COMMENT ON COLUMN credits.original_name IS 'Name in the person''s own script';
COMMENT ON COLUMN credits.department IS 'Directing, Writing…; NULL for the cast';
COMMENT ON COLUMN credits.job IS 'Director, Screenplay…; NULL for the cast';
COMMENT ON COLUMN credits.character IS 'Whom they play; NULL for the crew';
COMMENT ON COLUMN credits.billing IS 'Place in the cast, from 0; NULL for the crew';
COMMENT ON COLUMN credits.cast_id IS 'TMDB''s number of the role within the film';
COMMENT ON COLUMN credits.gender IS '0 not set, 1 female, 2 male, 3 non-binary';
COMMENT ON COLUMN credits.known_for_department IS 'The department the person is best known for';
COMMENT ON COLUMN credits.popularity IS 'TMDB''s score of the person';
COMMENT ON COLUMN credits.adult IS 'TMDB''s flag of the person';
COMMENT ON COLUMN credits.profile_path IS 'To be appended to an image base URL';

CREATE TABLE keywords (
    tmdb_id    BIGINT NOT NULL,
    keyword_id BIGINT NOT NULL,
    keyword    VARCHAR
);
COMMENT ON TABLE keywords IS 'Keywords of a film';
COMMENT ON COLUMN keywords.tmdb_id IS 'The film';
COMMENT ON COLUMN keywords.keyword_id IS 'TMDB''s id of the keyword';
COMMENT ON COLUMN keywords.keyword IS 'The keyword, in English';

CREATE TABLE external_ids (
    tmdb_id      BIGINT NOT NULL,
    imdb_id      VARCHAR,
    wikidata_id  VARCHAR,
    facebook_id  VARCHAR,
    instagram_id VARCHAR,
    twitter_id   VARCHAR
);
COMMENT ON TABLE external_ids IS 'A film''s ids elsewhere, one row a film';
COMMENT ON COLUMN external_ids.tmdb_id IS 'The film';
COMMENT ON COLUMN external_ids.imdb_id IS 'IMDb: tt and seven or eight digits';
COMMENT ON COLUMN external_ids.wikidata_id IS 'Wikidata: Q and digits';
COMMENT ON COLUMN external_ids.facebook_id IS 'Facebook';
COMMENT ON COLUMN external_ids.instagram_id IS 'Instagram';
COMMENT ON COLUMN external_ids.twitter_id IS 'Twitter';

CREATE TABLE release_dates (
    tmdb_id       BIGINT NOT NULL,
    country       VARCHAR NOT NULL,
    released_at   TIMESTAMP NOT NULL,
    type          INTEGER,
    certification VARCHAR,
    language      VARCHAR,
    note          VARCHAR,
    descriptors   VARCHAR[]
);
COMMENT ON TABLE release_dates IS 'When a film came out, by country and type';
COMMENT ON COLUMN release_dates.tmdb_id IS 'The film';
COMMENT ON COLUMN release_dates.country IS 'ISO 3166-1 code';
COMMENT ON COLUMN release_dates.released_at IS 'As TMDB has it, nearly always midnight UTC';
COMMENT ON COLUMN release_dates.type IS '1 premiere, 2 limited, 3 theatrical, 4 digital, 5 physical, 6 TV';
COMMENT ON COLUMN release_dates.certification IS 'Age rating in that country, like PG-13';
COMMENT ON COLUMN release_dates.language IS 'ISO 639-1 code';
COMMENT ON COLUMN release_dates.note IS 'What users wrote beside it';
COMMENT ON COLUMN release_dates.descriptors IS 'Reasons for the rating';

CREATE TABLE alternative_titles (
    tmdb_id BIGINT NOT NULL,
    country VARCHAR,
    title   VARCHAR NOT NULL,
    type    VARCHAR
);
COMMENT ON TABLE alternative_titles IS 'Other titles of a film';
COMMENT ON COLUMN alternative_titles.tmdb_id IS 'The film';
COMMENT ON COLUMN alternative_titles.country IS 'ISO 3166-1 code';
COMMENT ON COLUMN alternative_titles.title IS 'The title';
COMMENT ON COLUMN alternative_titles.type IS 'What sort of title, in free words';

CREATE TABLE translations (
    tmdb_id      BIGINT NOT NULL,
    language     VARCHAR NOT NULL,
    country      VARCHAR,
    name         VARCHAR,
    english_name VARCHAR,
    title        VARCHAR,
    overview     VARCHAR,
    tagline      VARCHAR,
    homepage     VARCHAR,
    runtime      INTEGER
);
COMMENT ON TABLE translations IS 'What a film''s texts are in other languages';
COMMENT ON COLUMN translations.tmdb_id IS 'The film';
COMMENT ON COLUMN translations.language IS 'ISO 639-1 code';
COMMENT ON COLUMN translations.country IS 'ISO 3166-1 code';
COMMENT ON COLUMN translations.name IS 'The language''s own name';
COMMENT ON COLUMN translations.english_name IS 'The language''s English name';
COMMENT ON COLUMN translations.title IS 'NULL when it is not translated: the original title applies';
COMMENT ON COLUMN translations.overview IS 'Summary of the plot';
COMMENT ON COLUMN translations.tagline IS 'Advertising line';
COMMENT ON COLUMN translations.homepage IS 'Address of the film''s site';
COMMENT ON COLUMN translations.runtime IS 'Minutes';

CREATE TABLE videos (
    tmdb_id      BIGINT NOT NULL,
    video_id     VARCHAR NOT NULL,
    name         VARCHAR,
    site         VARCHAR,
    key          VARCHAR,
    type         VARCHAR,
    size         INTEGER,
    official     BOOLEAN,
    language     VARCHAR,
    country      VARCHAR,
    published_at TIMESTAMP
);
COMMENT ON TABLE videos IS 'Trailers, clips and the like, on other sites';
COMMENT ON COLUMN videos.tmdb_id IS 'The film';
COMMENT ON COLUMN videos.video_id IS 'TMDB''s id of the video';
COMMENT ON COLUMN videos.name IS 'Its name';
COMMENT ON COLUMN videos.site IS 'YouTube or Vimeo';
COMMENT ON COLUMN videos.key IS 'Its id on that site';
COMMENT ON COLUMN videos.type IS 'Trailer, Teaser, Clip, Featurette…';
COMMENT ON COLUMN videos.size IS 'Lines: 360, 480, 720, 1080, 2160';
COMMENT ON COLUMN videos.official IS 'Whether it comes from the film''s makers';
COMMENT ON COLUMN videos.language IS 'ISO 639-1 code';
COMMENT ON COLUMN videos.country IS 'ISO 3166-1 code';
COMMENT ON COLUMN videos.published_at IS 'UTC';

CREATE TABLE images (
    tmdb_id      BIGINT NOT NULL,
    kind         VARCHAR NOT NULL,
    file_path    VARCHAR NOT NULL,
    language     VARCHAR,
    country      VARCHAR,
    width        INTEGER,
    height       INTEGER,
    aspect_ratio DOUBLE,
    vote_average DOUBLE,
    vote_count   BIGINT
);
COMMENT ON TABLE images IS 'Which pictures there are of a film; the pictures themselves are not fetched';
COMMENT ON COLUMN images.tmdb_id IS 'The film';
COMMENT ON COLUMN images.kind IS 'backdrop, logo or poster';
COMMENT ON COLUMN images.file_path IS 'To be appended to an image base URL';
COMMENT ON COLUMN images.language IS 'ISO 639-1 code of the writing on it, NULL for none';
COMMENT ON COLUMN images.country IS 'ISO 3166-1 code';
COMMENT ON COLUMN images.width IS 'Pixels';
COMMENT ON COLUMN images.height IS 'Pixels';
COMMENT ON COLUMN images.aspect_ratio IS 'Width by height';
COMMENT ON COLUMN images.vote_average IS 'NULL when nobody voted';
COMMENT ON COLUMN images.vote_count IS 'Number of votes';

CREATE TABLE recommendations (
    tmdb_id      BIGINT NOT NULL,
    rank         INTEGER NOT NULL,
    other_id     BIGINT NOT NULL,
    title        VARCHAR,
    release_date DATE
);
COMMENT ON TABLE recommendations IS 'Films that TMDB recommends to those who liked a film; the first twenty';
COMMENT ON COLUMN recommendations.tmdb_id IS 'The film';
COMMENT ON COLUMN recommendations.rank IS 'Place in the list, from 1';
COMMENT ON COLUMN recommendations.other_id IS 'TMDB''s id of the other film';
COMMENT ON COLUMN recommendations.title IS 'Its title';
COMMENT ON COLUMN recommendations.release_date IS 'Its primary release date';

CREATE TABLE similar_movies (
    tmdb_id      BIGINT NOT NULL,
    rank         INTEGER NOT NULL,
    other_id     BIGINT NOT NULL,
    title        VARCHAR,
    release_date DATE
);
COMMENT ON TABLE similar_movies IS 'Films that share keywords and genres with a film; the first twenty';
COMMENT ON COLUMN similar_movies.tmdb_id IS 'The film';
COMMENT ON COLUMN similar_movies.rank IS 'Place in the list, from 1';
COMMENT ON COLUMN similar_movies.other_id IS 'TMDB''s id of the other film';
COMMENT ON COLUMN similar_movies.title IS 'Its title';
COMMENT ON COLUMN similar_movies.release_date IS 'Its primary release date';

CREATE TABLE reviews (
    tmdb_id     BIGINT NOT NULL,
    review_id   VARCHAR NOT NULL,
    author      VARCHAR,
    author_name VARCHAR,
    username    VARCHAR,
    avatar_path VARCHAR,
    rating      DOUBLE,
    content     VARCHAR,
    created_at  TIMESTAMP,
    updated_at  TIMESTAMP,
    url         VARCHAR
);
COMMENT ON TABLE reviews IS 'What users of TMDB wrote about a film; the first twenty reviews';
COMMENT ON COLUMN reviews.tmdb_id IS 'The film';
COMMENT ON COLUMN reviews.review_id IS 'TMDB''s id of the review';
COMMENT ON COLUMN reviews.author IS 'As shown above the review';
COMMENT ON COLUMN reviews.author_name IS 'The name the author gave';
COMMENT ON COLUMN reviews.username IS 'The author''s account';
COMMENT ON COLUMN reviews.avatar_path IS 'To be appended to an image base URL';
COMMENT ON COLUMN reviews.rating IS '0.5 to 10, NULL when the author gave none';
COMMENT ON COLUMN reviews.content IS 'The review';
COMMENT ON COLUMN reviews.created_at IS 'UTC';
COMMENT ON COLUMN reviews.updated_at IS 'UTC';
COMMENT ON COLUMN reviews.url IS 'Its address';

CREATE TABLE watch_providers (
    tmdb_id          BIGINT NOT NULL,
    country          VARCHAR NOT NULL,
    kind             VARCHAR NOT NULL,
    link             VARCHAR,
    provider_id      BIGINT NOT NULL,
    provider         VARCHAR,
    display_priority INTEGER,
    logo_path        VARCHAR
);
COMMENT ON TABLE watch_providers IS 'Where a film can be watched. The data come from JustWatch, which must be credited';
COMMENT ON COLUMN watch_providers.tmdb_id IS 'The film';
COMMENT ON COLUMN watch_providers.country IS 'ISO 3166-1 code';
COMMENT ON COLUMN watch_providers.kind IS 'flatrate, rent, buy, ads or free; TMDB may add others';
COMMENT ON COLUMN watch_providers.link IS 'TMDB''s page of all offers in that country';
COMMENT ON COLUMN watch_providers.provider_id IS 'TMDB''s id of the provider';
COMMENT ON COLUMN watch_providers.provider IS 'Name of the provider';
COMMENT ON COLUMN watch_providers.display_priority IS 'Order in which TMDB shows providers';
COMMENT ON COLUMN watch_providers.logo_path IS 'To be appended to an image base URL';

-- zstd, because what DuckDB chooses by itself takes two to three times the room, and zlib on each body about twice.
CREATE TABLE raw (
    tmdb_id     BIGINT NOT NULL,
    parts       VARCHAR[] NOT NULL,
    body        VARCHAR USING COMPRESSION zstd NOT NULL,
    observed_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE raw IS 'Answers of TMDB as they came, the key struck out; `ayne rebuild` makes the other tables of them again';
COMMENT ON COLUMN raw.tmdb_id IS 'The film';
COMMENT ON COLUMN raw.parts IS 'The parts that were asked for; an answer stays until a newer one has all of its parts';
COMMENT ON COLUMN raw.body IS 'JSON, compressed in the file';
COMMENT ON COLUMN raw.observed_at IS 'When TMDB made it, UTC';
