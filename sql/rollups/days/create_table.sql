-- Create the table of a rollup with the columns of its SELECT and the computed rows.
CREATE TABLE {table} AS SELECT * FROM {rows}
