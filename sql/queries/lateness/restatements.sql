-- What some loads restated in a schema, by day and table, the newest days first.
SELECT day, table_name, inserted, updated, deleted, net, reason, archive_hour, load_id
FROM tideline.restatements
WHERE schema_name = :schema AND load_id IN :loads
ORDER BY day DESC, table_name, load_id DESC
