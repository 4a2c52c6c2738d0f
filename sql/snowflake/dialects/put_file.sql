-- Puts a Parquet file into the stage; the driver uploads it.
-- Snowflake only: rows are copied from there.
PUT {file} {stage} AUTO_COMPRESS = FALSE OVERWRITE = TRUE
