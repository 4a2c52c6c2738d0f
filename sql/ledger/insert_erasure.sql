-- Records an erasure that another warehouse has recorded to its end, unless it is recorded.
INSERT INTO tideline.erasures (
    erasure_id, source, erased_by, reason, persons, events, erased_rows, tables, archive_hours, started_at, finished_at
)
SELECT
    :erasure_id, :source, :erased_by, CAST(:reason AS TEXT), :persons, :events, :erased_rows,
    CAST(:tables AS JSON), CAST(:archive_hours AS JSON), CAST(:started_at AS TIMESTAMP WITH TIME ZONE),
    CAST(:finished_at AS TIMESTAMP WITH TIME ZONE)
WHERE NOT EXISTS (SELECT 1 FROM tideline.erasures WHERE source = :source AND erasure_id = :erasure_id)
