-- Drops a temporary table.
DROP TABLE {rows}
