-- name: films_by_title
-- Those of a kind one of whose titles holds these words, whatever their case, accents and signs. Nearest first: 0 called just so,
-- 1 beginning so, 2 with the words in it, 3 with the letters in it, 4 only spelled alike.
WITH titles AS (
    SELECT tmdb_id, {.title} AS title FROM {table}
    {other_titles}
    UNION ALL SELECT NULL, $title
), folded AS (
    SELECT tmdb_id, title,
           trim(regexp_replace(regexp_replace(lower(strip_accents(title)), '[''’`]', '', 'g'), '[^\pL\pN]+', ' ', 'g'))
               AS letters,
           -- Some are called ... and nothing else.
           CASE WHEN letters = '' THEN lower(trim(title)) ELSE letters END AS words
    FROM titles WHERE title IS NOT NULL
), asked AS (
    SELECT words FROM folded WHERE tmdb_id IS NULL AND words <> ''
), compared AS (
    SELECT f.tmdb_id, f.title,
           CASE WHEN f.words = a.words THEN 0
                WHEN starts_with(f.words, concat(a.words, ' ')) THEN 1
                WHEN contains(concat(' ', f.words, ' '), concat(' ', a.words, ' ')) THEN 2
                WHEN contains(f.words, a.words) THEN 3
                WHEN jaro_winkler_similarity(f.words, a.words) >= 0.93 THEN 4
           END AS distance
    FROM folded f, asked a WHERE f.tmdb_id IS NOT NULL
), nearest AS (
    SELECT tmdb_id, min(distance) AS distance, arg_min(title, distance) AS called
    FROM compared WHERE distance IS NOT NULL GROUP BY tmdb_id
)
SELECT tmdb_id, {m.title} AS title, n.called, {m.day} AS day, {m.votes} AS votes, n.distance, count(*) OVER () AS found
FROM nearest n JOIN {table} m USING (tmdb_id)
ORDER BY n.distance, {m.votes} DESC NULLS LAST, {m.popularity} DESC NULLS LAST, tmdb_id
LIMIT $most;
