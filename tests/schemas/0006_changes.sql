CREATE TABLE change_feed (
    feed      VARCHAR PRIMARY KEY,
    watermark DATE NOT NULL,
    moved_at  TIMESTAMP NOT NULL
);
COMMENT ON TABLE change_feed IS 'How far TMDB''s change feed was followed';
COMMENT ON COLUMN change_feed.feed IS 'movie';
COMMENT ON COLUMN change_feed.watermark IS 'Last day (UTC) whose changed films were all entered into changed, in the transaction that set it';
COMMENT ON COLUMN change_feed.moved_at IS 'UTC';

CREATE TABLE changed (
    tmdb_id    BIGINT PRIMARY KEY,
    changed_by TIMESTAMP NOT NULL,
    safe_at    TIMESTAMP NOT NULL,
    not_before TIMESTAMP NOT NULL,
    seen_at    TIMESTAMP NOT NULL
);
COMMENT ON TABLE changed IS 'Films that the change feed named and that were not fetched since; the transaction that stores newer details removes the row';
COMMENT ON COLUMN changed.tmdb_id IS 'The film';
COMMENT ON COLUMN changed.changed_by IS 'End of the latest day on which it changed, UTC';
COMMENT ON COLUMN changed.safe_at IS 'Details made at this moment or later show the change, whatever cache they lay in; only these remove the row; UTC';
COMMENT ON COLUMN changed.not_before IS 'Not asked for before this moment, UTC';
COMMENT ON COLUMN changed.seen_at IS 'When ayne read of the change, UTC';
