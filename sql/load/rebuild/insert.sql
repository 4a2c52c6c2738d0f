-- Inserts the rows that are made anew, whole.
INSERT INTO {table} ({columns}, uuid_ts)
SELECT {staged_columns}, :uuid_ts
FROM {staged} AS s
INNER JOIN load_standing AS r ON r.id = s.id AND r.archive_hour = s._archive_hour
