-- Delete the rows of one table that are older than the kept days.
DELETE FROM {table}
WHERE event_date < :before_date
