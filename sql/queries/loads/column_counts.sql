-- Values by column and kind of the newest load of every archive hour from :start to :end, both inclusive.
SELECT archive_hour, CAST(column_counts AS TEXT) AS column_counts
FROM (
    SELECT
        archive_hour, column_counts, ROW_NUMBER() OVER (PARTITION BY archive_hour ORDER BY load_id DESC) AS row_rank
    FROM tideline.loads
    WHERE source = :source AND archive_hour >= :start AND archive_hour <= :end
) AS loads
WHERE row_rank = 1
ORDER BY archive_hour
