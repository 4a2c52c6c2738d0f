-- Deletes quarantined lines.
-- Override: the subquery of a delete knows no column of its table.
DELETE FROM tideline.quarantine
WHERE
    source = :source
    AND (archive_hour, file, line, byte_offset) IN (
        SELECT l.archive_hour, l.file, l.line, l.byte_offset FROM {lines} AS l
    )
