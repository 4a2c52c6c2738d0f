-- Drop a temporary table.
DROP TABLE {rows}
