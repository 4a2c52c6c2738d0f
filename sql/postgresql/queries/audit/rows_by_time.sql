-- Rows of an archive hour in one table, by their ids and clocks: they are compared with what the hour brings, value by
-- value.
-- PostgreSQL only: a table of one event has an index of clocks there, and none of ids.
SELECT id AS audited_id, {columns}
FROM {table}
WHERE _archive_hour = :hour
    AND "timestamp" IN (
        SELECT CAST(JSON_ARRAY_ELEMENTS_TEXT(CAST(:instants AS JSON)) AS TIMESTAMP WITH TIME ZONE)
    )
    AND id IN ({listed})
