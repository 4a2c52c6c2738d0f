-- Finds the rows of a day.
CREATE INDEX ON {table} (date)
