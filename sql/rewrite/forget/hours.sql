-- Returns the archive hours of the rows of one table that have one of the ids in a column.
SELECT DISTINCT t._archive_hour AS archive_hour
FROM {table} AS t
WHERE t.{column} IN (SELECT i.id FROM {ids} AS i)
