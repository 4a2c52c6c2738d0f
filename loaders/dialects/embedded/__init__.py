"""DuckDB as an engine inside this process, whatever holds the rows: one file, or Parquet files and their catalog."""
