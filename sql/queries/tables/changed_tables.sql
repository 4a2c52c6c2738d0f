-- What some loads changed in each event table of a schema, in rows.
SELECT
    table_name, CAST(SUM(inserted) AS BIGINT) AS inserted, CAST(SUM(updated) AS BIGINT) AS updated,
    CAST(SUM(deleted) AS BIGINT) AS deleted
FROM tideline.arrivals
WHERE schema_name = :schema AND load_id IN :loads
GROUP BY table_name
ORDER BY table_name
