-- Drop the table of a rollup whose columns have changed; the same transaction creates it again.
DROP TABLE {table}
