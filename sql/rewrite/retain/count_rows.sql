-- Rows of one table that are older than the days that are kept.
SELECT COUNT(*) AS held
FROM {table}
WHERE event_date < :before_date
