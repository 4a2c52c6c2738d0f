-- Inserts the staged rows of one table. Used if none of its type lost.
INSERT INTO {table} ({columns}, uuid_ts)
SELECT {staged_columns}, :uuid_ts
FROM {staged} AS s
