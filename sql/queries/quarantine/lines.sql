-- The first few quarantined lines and files of each reason in each of these archive hours.
SELECT archive_hour, reason, file, line, detail, raw
FROM (
    SELECT
        archive_hour, reason, file, line, detail, raw,
        ROW_NUMBER() OVER (PARTITION BY archive_hour, reason ORDER BY file, line) AS row_rank
    FROM tideline.quarantine
    WHERE source = :source AND archive_hour IN :hours
) AS ranked
WHERE row_rank <= :examples
ORDER BY archive_hour, reason, row_rank
