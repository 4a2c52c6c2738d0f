-- Mark the rows with a value in a column that is to be dropped: the value moves to their `_rescued`.
INSERT INTO {marked} (table_name, type, id, archive_hour)
SELECT :name, :type, t.id, t._archive_hour
FROM {table} AS t
WHERE t.{column} IS NOT NULL
