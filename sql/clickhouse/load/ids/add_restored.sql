-- Adds the hashes of restored copies of other hours, unless they are there.
-- Override: a correlated subquery becomes a join that holds all stored hashes in memory.
INSERT INTO tideline.id_hashes (schema_name, archive_hour, hash)
SELECT :schema, p.archive_hour, p.hash
FROM (SELECT s._archive_hour AS archive_hour, {hash} AS hash FROM {staged} AS s) AS p
WHERE (p.archive_hour, p.hash) NOT IN (
    SELECT i.archive_hour, i.hash
    FROM tideline.id_hashes AS i
    WHERE i.schema_name = :schema AND i.archive_hour IN (SELECT n._archive_hour FROM {staged} AS n)
)
