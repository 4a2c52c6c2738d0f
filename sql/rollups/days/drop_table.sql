-- Drops the table of a rollup whose columns have changed; it is made anew in the same transaction.
DROP TABLE {table}
