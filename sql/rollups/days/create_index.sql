-- Create the index that finds the rows of a day.
CREATE INDEX {index} ON {table} (date)
