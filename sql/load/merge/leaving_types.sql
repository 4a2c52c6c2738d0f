-- Returns the event types that have rows to delete.
SELECT DISTINCT type
FROM {leaving}
