-- Create an empty temporary table in place of an event table that does not exist yet.
CREATE TEMPORARY TABLE {table} ({definitions})
