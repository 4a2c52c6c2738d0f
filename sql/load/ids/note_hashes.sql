-- Adds the hashes of all staged ids, those of losing rows included, unless the previous load of their hour added them.
-- Sorted, they take half the space.
INSERT INTO tideline.id_hashes (schema_name, archive_hour, hash)
SELECT :schema, h.archive_hour, h.hash
FROM load_id_hashes AS h
WHERE NOT EXISTS (
    SELECT 1
    FROM tideline.id_hashes AS i
    WHERE i.schema_name = :schema AND i.archive_hour = h.archive_hour AND i.hash = h.hash
)
ORDER BY h.archive_hour, h.hash
