-- Record all rows of a table that is to be dropped as leaving.
INSERT INTO load_out (table_name, id, event_hour)
SELECT :name, t.id, DATE_TRUNC('hour', t."timestamp")
FROM {table} AS t
