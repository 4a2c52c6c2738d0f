-- Drops an event's own table that an operator wants no more.
DROP TABLE {table}
