-- Part of a query: the ids of a list, bound as one JSON text: thousands of bound values are compared one by one.
-- DuckDB only: every database reads the elements of a JSON array in its own way.
SELECT UNNEST(CAST(CAST(:ids AS JSON) AS VARCHAR[]))
