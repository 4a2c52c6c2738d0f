-- Count the rows of a table that is to be dropped.
SELECT COUNT(*) AS held
FROM {table}
