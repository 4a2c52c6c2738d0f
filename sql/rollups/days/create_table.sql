-- Makes the table of a rollup with the columns of its SELECT, and the rows that are computed already.
CREATE TABLE {table} AS SELECT * FROM {rows}
