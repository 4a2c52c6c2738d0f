-- Adds the hashes of restored copies of other hours, unless they are there: hashes that were recomputed from the
-- tables lack copies that lost.
INSERT INTO tideline.id_hashes (schema_name, archive_hour, hash)
SELECT :schema, p.archive_hour, p.hash
FROM (SELECT s._archive_hour AS archive_hour, {hash} AS hash FROM {staged} AS s) AS p
WHERE NOT EXISTS (
    SELECT 1
    FROM tideline.id_hashes AS i
    WHERE i.schema_name = :schema AND i.archive_hour = p.archive_hour AND i.hash = p.hash
)
