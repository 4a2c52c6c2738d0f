-- Creates an index of a new table; the server names it.
-- PostgreSQL only: tables in DuckDB have no indexes (docs/adr/0006).
CREATE INDEX ON {table} USING {method} ({column})
