-- Count the rows of one table.
SELECT count(*) AS held FROM {table}
