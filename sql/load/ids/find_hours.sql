-- Adds the archive hours outside this load that have the hash of a staged id to `load_id_hours`.
INSERT INTO load_id_hours (type, archive_hour)
SELECT DISTINCT h.type, i.archive_hour
FROM tideline.id_hashes AS i
INNER JOIN load_id_hashes AS h ON h.hash = i.hash
WHERE i.schema_name = :schema AND i.archive_hour NOT IN (SELECT n.archive_hour FROM {hours} AS n)
