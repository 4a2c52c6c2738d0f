-- Returns the changes that some loads have recorded.
SELECT load_id, table_name, event_hour, inserted, updated, deleted
FROM tideline.arrivals
WHERE load_id IN :load_ids
ORDER BY load_id, table_name, event_hour
