-- Takes in the ids of the staged rows of one home table.
INSERT INTO load_hashes (type, hash)
SELECT :type, {hash}
FROM {staged} AS s
