"""DuckLake: tables as Parquet files in a folder or bucket, with their catalog in a DuckDB file or in PostgreSQL."""
