-- How many rows a table has of an archive hour.
SELECT count(*) AS held FROM {table} WHERE _archive_hour = :hour
