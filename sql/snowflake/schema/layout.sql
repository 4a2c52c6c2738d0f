-- Returns the tables of a schema with their columns, in their order.
-- Override: names are in upper case, and a number with decimals is another type.
SELECT
    LOWER(c.table_name) AS table_name, LOWER(c.column_name) AS column_name,
    CASE WHEN c.data_type = 'NUMBER' AND c.numeric_scale > 0 THEN 'NUMBER with decimals' ELSE c.data_type END AS data_type
FROM information_schema.columns AS c
INNER JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE c.table_schema = UPPER(:schema) AND t.table_type = 'BASE TABLE'
ORDER BY c.table_name, c.ordinal_position
