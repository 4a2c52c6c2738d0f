-- Create an empty table for all days of a rollup whose columns have changed.
CREATE TEMPORARY TABLE {copy} AS SELECT * FROM {rows} LIMIT 0
