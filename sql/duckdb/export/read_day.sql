-- The rows of an event table on one day of event time.
SELECT {columns}
FROM {table}
WHERE event_date = $date
