-- Inserts the staged rows of one table, except those that lost.
INSERT INTO {table} ({columns}, uuid_ts)
SELECT {staged_columns}, :uuid_ts
FROM {staged} AS s
WHERE NOT EXISTS (
    SELECT 1 FROM {losing} AS l WHERE l.type = :type AND l.id = s.id AND l.archive_hour = s._archive_hour
)
