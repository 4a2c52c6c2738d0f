-- Rows of one of two compared tables, by their ids.
SELECT {id} AS compared_id, {columns}
FROM {table}
WHERE {id} IN ({listed})
