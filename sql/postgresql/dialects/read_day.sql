-- The rows of an event table on one day of event time, as CSV: NULL is empty, an empty text is quoted.
-- PostgreSQL only: COPY is its fast way out.
COPY (SELECT {columns} FROM {table} WHERE event_date = %(date)s) TO STDOUT (FORMAT CSV)
