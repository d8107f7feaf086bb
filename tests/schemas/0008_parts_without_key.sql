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
COMMENT ON TABLE parts IS 'Which parts of which films are stored; the rows of each are in the table of its name';
COMMENT ON COLUMN parts.tmdb_id IS 'The film';
COMMENT ON COLUMN parts.part IS 'TMDB''s name for the part, as in append_to_response';
COMMENT ON COLUMN parts.rows IS 'Rows stored of it; NULL when TMDB sent no such part, or it is kept in body';
COMMENT ON COLUMN parts.unreadable IS 'Rows that could not be read and were left out';
COMMENT ON COLUMN parts.reported IS 'Rows that TMDB has in all; only the first page of reviews and the like comes with a film';
COMMENT ON COLUMN parts.leftovers IS 'How often each key was met that no column holds, or whose value could not be read';
COMMENT ON COLUMN parts.body IS 'The part as it came, for parts without a table: changes and lists';
COMMENT ON COLUMN parts.fetched_at IS 'When TMDB made it, UTC';
