-- Returns the event types of stored rivals.
SELECT DISTINCT type
FROM {stored}
