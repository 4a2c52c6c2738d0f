-- Copies a Parquet file into the temporary table of its rows.
-- Snowflake only: this reads columns by their names, and removes the file.
COPY INTO {table} FROM {stage}
FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE)
MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
PURGE = TRUE
