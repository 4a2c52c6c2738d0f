-- Counts of the newest load of every archive hour from :start to :end, both inclusive, for comparison with other hours.
SELECT archive_hour, files, bad_files, lines, events, quarantined, duplicates
FROM (
    SELECT
        archive_hour, files, bad_files, lines, events, quarantined, duplicates,
        ROW_NUMBER() OVER (PARTITION BY archive_hour ORDER BY load_id DESC) AS row_rank
    FROM tideline.loads
    WHERE source = :source AND archive_hour >= :start AND archive_hour <= :end
) AS loads
WHERE row_rank = 1
ORDER BY archive_hour
