-- Rows that have a value in a column which the other table lacks, to look for that value there.
SELECT {id} AS compared_id, {columns}
FROM {table}
WHERE {column} IS NOT NULL AND (:whole OR ({clock} >= :start AND {clock} < :end))
LIMIT :most
