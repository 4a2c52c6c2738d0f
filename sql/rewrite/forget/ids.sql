-- Returns the distinct ids of one column.
SELECT DISTINCT t.{column} AS id
FROM {table} AS t
WHERE t.{column} IS NOT NULL
