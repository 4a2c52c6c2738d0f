-- Gives every column of one type the range of values that its files have: the catalog widens it with every row and never
-- narrows it, so that it would keep a deleted value. Without a range, queries skip files that have the value: a column
-- with values in a file that has no range keeps its own.
-- DuckLake only: no other database keeps its statistics in tables.
UPDATE {catalog}.ducklake_table_column_stats AS s
SET min_value = n.least, max_value = n.greatest
FROM (
    SELECT
        c.table_id, c.column_id,
        ARG_MIN(f.min_value, CAST(f.min_value AS {type})) AS least,
        ARG_MAX(f.max_value, CAST(f.max_value AS {type})) AS greatest
    FROM {catalog}.ducklake_column AS c
    LEFT JOIN {catalog}.ducklake_data_file AS d ON d.table_id = c.table_id AND d.end_snapshot IS NULL
    LEFT JOIN {catalog}.ducklake_file_column_stats AS f ON f.data_file_id = d.data_file_id AND f.column_id = c.column_id
    WHERE c.end_snapshot IS NULL AND c.column_type = $type
    GROUP BY c.table_id, c.column_id
    HAVING BOOL_AND(
        f.data_file_id IS NULL OR f.null_count = f.value_count
        OR (f.min_value IS NOT NULL AND f.max_value IS NOT NULL)
    )
) AS n
WHERE
    n.table_id = s.table_id AND n.column_id = s.column_id
    AND (s.min_value IS DISTINCT FROM n.least OR s.max_value IS DISTINCT FROM n.greatest)
