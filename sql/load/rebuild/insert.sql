-- Inserts the rebuilt rows of one table, with all their columns.
INSERT INTO {table} ({columns}, uuid_ts)
SELECT {staged_columns}, :uuid_ts
FROM {staged} AS s
INNER JOIN load_rebuilt AS r ON r.id = s.id AND r.archive_hour = s._archive_hour
