-- Returns the columns of a table that have a default, and its expression: loads give none to theirs.
-- Override: DuckLake gives the default of a column that has none as the word NULL.
SELECT column_name, column_default
FROM information_schema.columns
WHERE
    table_catalog = CURRENT_DATABASE() AND table_schema = :schema AND table_name = :name
    AND column_default <> 'NULL'
