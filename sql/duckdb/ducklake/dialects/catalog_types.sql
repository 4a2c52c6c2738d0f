-- The types of the columns of a DuckLake, as its catalog names them.
-- DuckLake only: no other database keeps its catalog in tables.
SELECT DISTINCT column_type
FROM {catalog}.ducklake_column
WHERE end_snapshot IS NULL
