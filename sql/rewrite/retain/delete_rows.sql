-- Drops the rows of one table that are older than the days that are kept.
DELETE FROM {table}
WHERE event_date < :before_date
