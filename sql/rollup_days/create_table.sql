-- Makes the table of a rollup, empty, with the columns of its SELECT.
CREATE TABLE {table} AS SELECT * FROM {rows} LIMIT 0
