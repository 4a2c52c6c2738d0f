-- Returns the records of the erasures of a source that have reached their end.
SELECT
    erasure_id, erased_by, reason, persons, events, erased_rows, CAST(tables AS TEXT) AS tables,
    CAST(archive_hours AS TEXT) AS archive_hours, started_at, finished_at
FROM tideline.erasures
WHERE source = :source AND finished_at IS NOT NULL
ORDER BY started_at, erasure_id
