-- Deletes quarantined lines.
DELETE FROM tideline.quarantine
WHERE source = :source
    AND EXISTS (
        SELECT 1
        FROM {lines} AS l
        WHERE l.archive_hour = quarantine.archive_hour
            AND l.file = quarantine.file
            AND l.line = quarantine.line
            AND l.byte_offset = quarantine.byte_offset
    )
