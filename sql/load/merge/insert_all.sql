-- Inserts the staged rows of one table, of which all enter the warehouse.
INSERT INTO {table} ({columns}, uuid_ts)
SELECT {staged_columns}, :uuid_ts
FROM {staged} AS s
