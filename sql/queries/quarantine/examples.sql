-- The first few quarantined lines or files of each reason over a source's hours, for `tideline status`.
SELECT reason, archive_hour, file, line, detail, raw
FROM (
    SELECT
        reason, archive_hour, file, line, detail, raw,
        row_number() OVER (PARTITION BY reason ORDER BY archive_hour, file, line) AS place
    FROM tideline.quarantine
    WHERE source = :source
) AS ranked
WHERE place <= :examples
ORDER BY reason, place
