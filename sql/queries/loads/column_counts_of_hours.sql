-- Values by column and kind of the newest load of some archive hours: only theirs are read, for they are large.
SELECT archive_hour, CAST(column_counts AS TEXT) AS column_counts
FROM (
    SELECT
        archive_hour, column_counts, ROW_NUMBER() OVER (PARTITION BY archive_hour ORDER BY load_id DESC) AS row_rank
    FROM tideline.loads
    WHERE source = :source AND archive_hour IN :hours
) AS loads
WHERE row_rank = 1
ORDER BY archive_hour
