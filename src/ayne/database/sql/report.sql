-- What a report says: everything is added up here, so that a million of them need no more memory than ten.

-- name: report_overview
SELECT count(*) AS films,
       count(details_at) AS with_details,
       count(*) FILTER (release_date IS NULL) AS undated,
       min(details_at) AS oldest_details_at,
       max(greatest(details_at, summary_at)) AS newest_at,
       (SELECT count(*) FROM movies WHERE gone_at IS NOT NULL) AS gone,
       (SELECT count(*) FROM movies WHERE merged_into IS NOT NULL AND gone_at IS NULL) AS merged,
       (SELECT count(*) FROM failures WHERE kind = {kind}) AS failed
FROM films;

-- name: report_summary
-- How many there are, from when to when; and of how many votes the one is that $rank others have more votes than.
WITH {told}
SELECT count(*) AS titles,
       year(min(released)) AS first_year,
       year(max(released)) AS last_year,
       least(coalesce(sum(votes), 0), 9223372036854775807)::BIGINT AS votes,
       (SELECT votes FROM titles ORDER BY votes DESC NULLS LAST LIMIT 1
        OFFSET greatest(0, least($rank, (SELECT count(*) + 1 FROM titles) // 2) - 1)) AS votes_of_many
FROM titles;

-- name: report_ratings
-- By whom, in half points of ten; each counts once, however many voted.
WITH {told}
SELECT source, step, count(*) AS titles
FROM (
    SELECT unnest(['average', 'imdb', 'rotten', 'metacritic']) AS source,
           unnest([floor(average * 2) / 2, floor(imdb * 2) / 2, floor(rotten / 5) / 2, floor(metacritic / 5) / 2]) AS step
    FROM titles
)
WHERE step BETWEEN 0 AND 10
GROUP BY ALL ORDER BY source, step;

-- name: report_years
-- Quartiles of those with some votes: what hardly anybody voted for says more of the voter than of the year.
WITH {told}
SELECT year(released) AS year, count(*) AS titles, count(*) FILTER (votes >= $few AND average IS NOT NULL) AS rated,
       quantile_cont(average, [0.25, 0.5, 0.75]) FILTER (votes >= $few) AS quartiles
FROM titles WHERE released IS NOT NULL GROUP BY ALL ORDER BY year;

-- name: report_groups
-- Sums over all of one side, the first $most by each measure. Money counts where both are told and are no slip.
-- One side at a time, and without the names, because of a million films there are tens of millions of credits.
WITH {told},
sides AS (
    SELECT side, tmdb_id, member::VARCHAR AS member FROM members
    UNION ALL SELECT 'genre', tmdb_id, unnest(genres) FROM titles
    UNION ALL SELECT 'country', tmdb_id, unnest(countries) FROM titles
    UNION ALL SELECT 'language', tmdb_id, language FROM titles
    UNION ALL SELECT 'decade', tmdb_id, (year(released) // 10 * 10)::VARCHAR FROM titles
),
values_of AS (
    SELECT tmdb_id, votes, revenue,
           CASE WHEN votes >= $enough THEN average END AS average,
           CASE WHEN budget >= $least AND revenue >= $least THEN budget END AS spent,
           CASE WHEN budget >= $least AND revenue >= $least THEN revenue END AS earned
    FROM titles
),
sums AS (
    SELECT member, count(*) AS titles, least(coalesce(sum(votes), 0), 9007199254740991)::BIGINT AS votes,
           CASE WHEN count(average) >= $fewest THEN avg(average) END AS rating,
           CASE WHEN count(revenue) > 0 THEN least(sum(revenue), 9007199254740991)::BIGINT END AS revenue,
           CASE WHEN count(spent) >= $fewest THEN sum(earned) / sum(spent) END AS returned
    FROM (SELECT DISTINCT tmdb_id, member FROM sides WHERE side = $side AND member IS NOT NULL)
    JOIN values_of USING (tmdb_id)
    GROUP BY member
    HAVING count(*) >= $fewest OR $side IN ('genre', 'country', 'language', 'decade')
)
SELECT * FROM sums
QUALIFY row_number() OVER (ORDER BY titles DESC, votes DESC, member) <= $most
     OR row_number() OVER (ORDER BY votes DESC, member) <= $most
     OR (rating IS NOT NULL AND row_number() OVER (ORDER BY rating DESC NULLS LAST, votes DESC, member) <= $most)
     OR (revenue IS NOT NULL AND row_number() OVER (ORDER BY revenue DESC NULLS LAST, votes DESC, member) <= $most)
     OR (returned IS NOT NULL AND row_number() OVER (ORDER BY returned DESC NULLS LAST, votes DESC, member) <= $most)
ORDER BY titles DESC, votes DESC, member;

-- name: report_names
WITH {told}
SELECT member::VARCHAR AS member, any_value(name) AS name
FROM members WHERE side = $side AND member IN (SELECT unnest($members)::BIGINT) GROUP BY member;

-- name: report_titles
-- The $most most voted ones, and those that lead: in rating, revenue, return, and the most voted of each year.
WITH {told},
leaders AS (
    SELECT tmdb_id FROM (FROM titles ORDER BY votes DESC NULLS LAST, popularity DESC NULLS LAST, tmdb_id LIMIT $most)
    UNION SELECT tmdb_id FROM (FROM titles WHERE votes >= $enough AND average IS NOT NULL
                               ORDER BY average DESC, votes DESC, tmdb_id LIMIT $leaders)
    UNION SELECT tmdb_id FROM (FROM titles WHERE revenue IS NOT NULL ORDER BY revenue DESC, tmdb_id LIMIT $leaders)
    UNION SELECT tmdb_id FROM (FROM titles WHERE budget >= $least AND revenue >= $least
                               ORDER BY revenue / budget DESC, tmdb_id LIMIT $leaders)
    UNION SELECT arg_max(tmdb_id, votes) FROM titles WHERE released IS NOT NULL AND $leaders > 0 GROUP BY year(released)
)
SELECT * FROM titles WHERE tmdb_id IN (FROM leaders)
ORDER BY votes DESC NULLS LAST, popularity DESC NULLS LAST, tmdb_id;

-- name: report_members
-- Whom and what these belong to.
WITH {told}
SELECT side, tmdb_id, list(member::VARCHAR ORDER BY place, member) AS members,
       list(name ORDER BY place, member) AS names
FROM (SELECT side, tmdb_id, member, any_value(name) AS name, min(place) AS place FROM members
      WHERE tmdb_id IN (SELECT unnest($ids)) AND member IS NOT NULL AND name IS NOT NULL GROUP BY ALL)
GROUP BY side, tmdb_id ORDER BY side, tmdb_id;

-- name: report_people
-- The best known people of those that are stored, and in how many stored films each is named.
SELECT p.name, p.known_for_department AS known_for, p.birthday AS born, p.deathday AS died, p.place_of_birth AS place,
       p.popularity,
       (SELECT count(DISTINCT c.tmdb_id) FROM credits c JOIN films USING (tmdb_id) WHERE c.person_id = p.tmdb_id) AS films
FROM (FROM live_people ORDER BY popularity DESC NULLS LAST, tmdb_id LIMIT $most) p
ORDER BY p.popularity DESC NULLS LAST, p.tmdb_id;

-- name: report_ages
-- In weeks, as the copies are at this moment.
SELECT greatest(0, date_diff('day', details_at, CAST($now AS TIMESTAMP)) // 7) AS week, count(*) AS films
FROM films WHERE details_at IS NOT NULL GROUP BY ALL ORDER BY week;

-- name: report_unproven
SELECT sweep_id, range, state, distinct_films, reported_high AS reported, count(*) OVER () AS ranges
FROM ranges JOIN sweeps USING (sweep_id) WHERE kind = {kind} AND state NOT IN ('split', 'proven')
ORDER BY sweep_id DESC, start_date DESC, range LIMIT $most;

-- name: report_runs
SELECT run_id, version, started_at, finished_at, outcome, plan, report FROM runs ORDER BY run_id DESC LIMIT $most;

-- name: report_run_totals
SELECT count(*) AS runs,
       least(coalesce(sum(TRY_CAST(report->>'requests' AS BIGINT)), 0), 9223372036854775807)::BIGINT AS requests,
       least(coalesce(sum(TRY_CAST(report->>'bytes_received' AS BIGINT)), 0), 9223372036854775807)::BIGINT AS bytes_received,
       coalesce(sum(TRY_CAST(report->>'seconds' AS DOUBLE)), 0) AS seconds
FROM runs;

