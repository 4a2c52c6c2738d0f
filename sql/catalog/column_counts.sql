-- Returns what the loads that count have added to the catalog, for all archive hours of a source but some.
SELECT CAST(column_counts AS TEXT) AS column_counts
FROM (
    SELECT
        column_counts, archive_hour,
        ROW_NUMBER() OVER (PARTITION BY archive_hour ORDER BY load_id DESC) AS load_rank
    FROM tideline.loads
    WHERE source = :source
) AS loads
WHERE load_rank = 1 AND archive_hour NOT IN :archive_hours
