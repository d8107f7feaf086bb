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
