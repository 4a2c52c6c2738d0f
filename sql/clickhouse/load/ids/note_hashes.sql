-- Adds the hashes of all staged ids, those of losing rows included, unless the previous load of their hour added them.
-- Override: a correlated subquery becomes a join that holds all stored hashes in memory.
INSERT INTO tideline.id_hashes (schema_name, archive_hour, hash)
SELECT :schema, h.archive_hour, h.hash
FROM load_id_hashes AS h
WHERE (h.archive_hour, h.hash) NOT IN (
    SELECT i.archive_hour, i.hash
    FROM tideline.id_hashes AS i
    WHERE i.schema_name = :schema AND i.archive_hour IN (SELECT n.archive_hour FROM load_id_hashes AS n)
)
ORDER BY h.archive_hour, h.hash
