-- Rows of one table, for the summary of a load.
SELECT count(*) AS held FROM {table}
