-- Drop an event table that an operator no longer wants.
DROP TABLE {table}
