-- The days that one load restated, with its changes.
SELECT day, table_name, inserted, updated, deleted, reason
FROM tideline.restatements
WHERE load_id = :load_id
ORDER BY day, table_name
