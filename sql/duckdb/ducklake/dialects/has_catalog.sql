-- Returns a row if a schema of PostgreSQL has the catalog of a DuckLake.
-- DuckLake only: no other database keeps its catalog in tables.
SELECT tablename
FROM pg_catalog.pg_tables
WHERE schemaname = :schema AND tablename = 'ducklake_metadata'
