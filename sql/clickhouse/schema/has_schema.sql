-- Finds a schema by its name.
-- Override: a database of ClickHouse is a schema.
SELECT name AS schema_name
FROM system.databases
WHERE name = :schema
