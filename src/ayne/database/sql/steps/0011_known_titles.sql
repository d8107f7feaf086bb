-- Which titles were known when IMDb's file was stored, and not only how many. What is not known yet reads it once more.
ALTER TABLE IF EXISTS imdb_files ADD COLUMN IF NOT EXISTS known UBIGINT;
