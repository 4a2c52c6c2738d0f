-- Returns the event types of which some staged rows are not inserted.
SELECT DISTINCT type
FROM {losing}
