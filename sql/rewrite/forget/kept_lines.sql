-- Returns the quarantined lines of some archive hours.
SELECT q.archive_hour, q.file, q.line, q.byte_offset, q.raw
FROM tideline.quarantine AS q
WHERE q.source = :source AND q.raw IS NOT NULL AND q.archive_hour IN (SELECT n.archive_hour FROM {hours} AS n)
