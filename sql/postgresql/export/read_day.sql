-- The rows of an event table on one day of event time, as CSV: what is NULL is empty, an empty text is quoted.
COPY (SELECT {columns} FROM {table} WHERE event_date = %(date)s) TO STDOUT (FORMAT CSV)
