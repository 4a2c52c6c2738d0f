-- Adds the hashes of the staged ids of one home table to `load_id_hashes`.
-- DuckDB only: it has no index of ids.
INSERT INTO load_id_hashes (type, archive_hour, hash)
SELECT :type, s._archive_hour, {hash}
FROM {staged} AS s
