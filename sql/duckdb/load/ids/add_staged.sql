-- Takes in the ids of the staged rows of one home table.
-- DuckDB only: it has no index of ids.
INSERT INTO load_hashes (type, hash)
SELECT :type, {hash}
FROM {staged} AS s
