-- Create an index of a new table. Its name has a dot, which no name of a table has: both share one namespace.
-- PostgreSQL only: tables in DuckDB have no indexes (docs/adr/0006).
CREATE INDEX {index} ON {table} USING {method} ({column})
