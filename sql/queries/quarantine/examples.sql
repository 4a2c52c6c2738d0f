-- The first few quarantined lines and files of each reason over all hours of a source, for `tideline status`.
SELECT reason, archive_hour, file, line, detail, raw
FROM (
    SELECT
        reason, archive_hour, file, line, detail, raw,
        row_number() OVER (PARTITION BY reason ORDER BY archive_hour, file, line) AS row_rank
    FROM tideline.quarantine
    WHERE source = :source
) AS ranked
WHERE row_rank <= :examples
ORDER BY reason, row_rank
