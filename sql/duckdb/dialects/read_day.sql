-- The rows of an event table on one day of event time.
-- DuckDB only: it returns Arrow, the other databases their own format.
SELECT {columns}
FROM {table}
WHERE event_date = $date
