-- Insert the rows of one day into a rollup.
INSERT INTO {table} ({columns})
SELECT {columns}
FROM {rows}
