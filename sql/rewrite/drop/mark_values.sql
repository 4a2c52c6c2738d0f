-- Marks the rows that have a value in a column that is to be dropped: it has to go to their `_rescued`.
INSERT INTO load_marked (table_name, type, id, archive_hour)
SELECT :name, :type, t.id, t._archive_hour
FROM {table} AS t
WHERE t.{column} IS NOT NULL
