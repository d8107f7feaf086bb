-- IMDb ids between blanks or in addresses are written as IMDb writes them. Lists that were lost to one odd value in them
-- come whole once more: without its ETag an answer is sent whole. The table is made anew as it is described.
UPDATE movies SET imdb_id = nullif(regexp_extract(imdb_id, '(^\s*|/title/)(tt[0-9]{7,10})(/.*|\s*$)', 2), '')
WHERE imdb_id IS NOT NULL AND NOT regexp_full_match(imdb_id, 'tt[0-9]{7,10}');
DROP TABLE IF EXISTS etags;
