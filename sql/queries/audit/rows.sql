-- Rows of an archive hour in one table, by their ids: they are compared with what the hour brings, value by value.
SELECT id AS audited_id, {columns}
FROM {table}
WHERE _archive_hour = :hour AND id IN ({listed})
