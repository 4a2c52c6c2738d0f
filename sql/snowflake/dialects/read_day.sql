-- The rows of an event table on one day of event time.
-- Snowflake only: every driver has its own format.
SELECT {columns}
FROM {table}
WHERE event_date = CAST({day} AS DATE)
