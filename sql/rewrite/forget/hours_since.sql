-- Returns the archive hours of the rows of one table that have one of the ids in a column, of rows that were written after
-- an instant, and of some hours: of a large table few rows are read.
SELECT DISTINCT t._archive_hour AS archive_hour
FROM {table} AS t
WHERE t.uuid_ts > :since AND t.{column} IN (SELECT i.id FROM {ids} AS i)
UNION
SELECT DISTINCT t._archive_hour AS archive_hour
FROM {table} AS t
WHERE t._archive_hour IN (SELECT n.archive_hour FROM {hours} AS n) AND t.{column} IN (SELECT i.id FROM {ids} AS i)
