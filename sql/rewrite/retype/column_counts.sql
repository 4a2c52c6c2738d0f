-- The values by column that the newest loads of a source added to the catalog, by archive hour.
SELECT CAST(column_counts AS TEXT) AS column_counts
FROM (
    SELECT column_counts, ROW_NUMBER() OVER (PARTITION BY archive_hour ORDER BY load_id DESC) AS row_rank
    FROM tideline.loads
    WHERE source = :source
) AS loads
WHERE row_rank = 1
