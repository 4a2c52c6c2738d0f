-- Returns the changes that a load has recorded.
SELECT table_name, event_hour, inserted, updated, deleted
FROM tideline.arrivals
WHERE load_id = :load_id
ORDER BY table_name, event_hour
