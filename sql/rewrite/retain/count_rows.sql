-- Count the rows of one table that are older than the kept days.
SELECT COUNT(*) AS held
FROM {table}
WHERE event_date < :before_date
