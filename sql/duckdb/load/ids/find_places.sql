-- Finds the archive hours whose ids have the hash of an id that this load brings.
-- DuckDB only: it has no index of ids.
INSERT INTO load_places (type, archive_hour)
SELECT DISTINCT h.type, i.archive_hour
FROM tideline.id_hashes AS i
INNER JOIN load_hashes AS h ON h.hash = i.hash
WHERE i.schema_name = :schema AND i.archive_hour <> :archive_hour
