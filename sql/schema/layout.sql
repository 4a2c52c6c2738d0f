-- Returns the tables of a schema with their columns, in the order in which those were added.
SELECT c.table_name, c.column_name, c.data_type
FROM information_schema.columns AS c
INNER JOIN information_schema.tables AS t
    ON t.table_catalog = c.table_catalog AND t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE c.table_catalog = CURRENT_DATABASE() AND c.table_schema = :schema AND t.table_type = 'BASE TABLE'
ORDER BY c.table_name, c.ordinal_position
