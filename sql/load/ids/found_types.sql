-- Returns the event types of which an archive hour outside this load may contain a staged id.
SELECT DISTINCT type
FROM load_id_hours
