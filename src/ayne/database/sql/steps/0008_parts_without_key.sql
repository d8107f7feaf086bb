-- An index of all parts of all films was fifteen times as large as the table, and most of what a commit took. A film's
-- row of a part is replaced in one transaction, deleted and inserted, so that there are never two.
ALTER TABLE parts RENAME TO parts_of_0003;
CREATE TABLE parts (
    tmdb_id    BIGINT NOT NULL,
    part       VARCHAR NOT NULL,
    rows       BIGINT,
    unreadable BIGINT NOT NULL DEFAULT 0,
    reported   BIGINT,
    leftovers  JSON,
    body       JSON,
    fetched_at TIMESTAMP NOT NULL
);
INSERT INTO parts SELECT * FROM parts_of_0003;
DROP TABLE parts_of_0003;
