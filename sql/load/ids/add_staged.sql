-- Adds the hashes of the staged ids of one home table to `load_id_hashes`.
INSERT INTO load_id_hashes (type, archive_hour, hash)
SELECT :type, s._archive_hour, {hash}
FROM {staged} AS s
