-- The statements about OMDb's ratings and what may still be asked of OMDb; as in statements.sql.

-- name: stage_due_ratings
-- What OMDb should be asked for: never asked, then stale or failed, the oldest for their kind first. A title that failed
-- soon may be asked for again, but is in no hurry: those that always fail must not stand in front of all others. Of films
-- never asked for the newest year and the most voted come first; what is not released yet, or nobody knows when, comes
-- last, OMDb having little of it.
CREATE OR REPLACE TEMP TABLE due_ratings AS
WITH films AS (
    SELECT imdb_id, max({.day}) AS release_date, max({.votes}) AS votes
    FROM {titles}
    WHERE gone_at IS NULL AND merged_into IS NULL AND regexp_full_match(imdb_id, 'tt[0-9]{7,10}')
    GROUP BY imdb_id
), asked AS (
    SELECT films.*, r.asked_at, r.outcome,
           CASE WHEN r.outcome = 'failed' THEN $failed
                WHEN release_date > $recent_since AND release_date <= $today THEN $recent_film
                ELSE $older_film END AS allowed
    FROM films LEFT JOIN ratings r ON r.imdb_id = films.imdb_id
)
SELECT imdb_id,
       CASE WHEN asked_at IS NULL THEN 'never' WHEN outcome = 'failed' THEN 'failed' ELSE 'stale' END AS kind,
       epoch($now - asked_at) / epoch(CASE WHEN outcome = 'failed' THEN $older_film ELSE allowed END) AS urgency,
       coalesce(release_date > $today, true) AS is_to_come, year(release_date) AS year, votes
FROM asked
WHERE (asked_at IS NULL OR asked_at <= $now - allowed)
  AND imdb_id NOT IN (SELECT unnest(imdb_ids) FROM leases WHERE taken_at > $leased_since);

-- name: unrated
SELECT imdb_id FROM due_ratings
ORDER BY kind <> 'never', urgency DESC, kind = 'failed', is_to_come,
         year DESC NULLS LAST, votes DESC NULLS LAST, imdb_id
LIMIT $most;

-- name: count_due_ratings
SELECT count(*) FILTER (kind = 'never'), count(*) FILTER (kind = 'failed'), count(*) FILTER (kind = 'stale')
FROM due_ratings;

-- name: allowance
SELECT quota, spent, learned_at FROM allowance WHERE source = $source AND day = $day;

-- name: begin_allowance
INSERT INTO allowance (source, day, quota, spent) VALUES ($source, $day, $quota, 0) ON CONFLICT DO NOTHING;

-- name: spend_allowance
UPDATE allowance SET quota = $quota, spent = spent + $granted WHERE source = $source AND day = $day;

-- name: give_back_allowance
UPDATE allowance SET spent = greatest(0, spent - $unused) WHERE source = $source AND day = $day;

-- name: learn_allowance
UPDATE allowance SET learned_at = coalesce(learned_at, $learned_at) WHERE source = $source AND day = $day;

-- name: begin_lease
INSERT INTO leases (source, day, granted, imdb_ids, taken_at) VALUES ($source, $day, $granted, $imdb_ids, $now)
RETURNING lease_id;

-- name: finish_lease
DELETE FROM leases WHERE lease_id = $lease_id RETURNING granted;

-- name: delete_ratings
DELETE FROM ratings WHERE imdb_id IN (SELECT unnest($ids));

-- name: note_asked
-- What is known of a title stays, whatever came of asking for it again.
UPDATE ratings SET asked_at = $now, outcome = $outcome, message = $message WHERE imdb_id = $imdb_id RETURNING imdb_id;

-- name: insert_asked
INSERT INTO ratings (imdb_id, asked_at, outcome, message) VALUES ($imdb_id, $now, $outcome, $message);

-- name: servers
-- Whose films these are: a file holds those of one server.
SELECT plan->>'server' AS server FROM runs WHERE EXISTS (FROM {table}) ORDER BY run_id DESC LIMIT 1;

-- name: ratings_overview
SELECT count(*) FILTER (fetched_at IS NOT NULL) AS rated,
       count(*) FILTER (outcome = 'none') AS none,
       count(*) FILTER (outcome = 'mismatched') AS mismatched,
       count(*) FILTER (outcome IN ('failed', 'malformed')) AS failed,
       (SELECT count(DISTINCT m.imdb_id) FROM {titles} m
        WHERE regexp_full_match(m.imdb_id, 'tt[0-9]{7,10}') AND m.gone_at IS NULL AND m.merged_into IS NULL
        AND NOT EXISTS (SELECT 1 FROM ratings r WHERE r.imdb_id = m.imdb_id)) AS not_asked,
       min(fetched_at) AS oldest_ratings_at
FROM ratings SEMI JOIN {titles} USING (imdb_id);

-- name: quotas_of_day
-- What of a day's quota is left, by source; nothing when it said so itself.
SELECT source, quota, CASE WHEN learned_at IS NULL THEN greatest(0, quota - spent) ELSE 0 END AS remaining
FROM allowance WHERE day = $day ORDER BY source;

-- name: export_ratings
SELECT * FROM ratings ORDER BY imdb_id;
