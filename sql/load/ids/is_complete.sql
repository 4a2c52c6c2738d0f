-- Returns whether `id_hashes` has the ids of every load of the source.
SELECT COUNT(*) AS complete
FROM tideline.id_hashes_until AS u
WHERE u.schema_name = :schema AND u.load_id = (SELECT MAX(l.load_id) FROM tideline.loads AS l WHERE l.source = :source)
