"""How fast, and in how much memory: measured on generated events, beside the floor, dlt and plain DuckDB."""
