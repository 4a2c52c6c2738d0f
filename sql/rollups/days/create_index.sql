-- Create the index that finds the rows of a day.
CREATE INDEX ON {table} (date)
