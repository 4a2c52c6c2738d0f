-- Which of these ids a table has.
SELECT DISTINCT {id} AS compared_id
FROM {table}
WHERE {id} IN ({listed})
