-- Some ids of a table that one of two compared schemas lacks.
SELECT {id} AS compared_id FROM {table} WHERE {id} IS NOT NULL LIMIT :most
