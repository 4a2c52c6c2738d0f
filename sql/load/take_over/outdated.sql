-- Returns the values of `event` that a reserved word's `_` begins, with the names as sent that have them.
SELECT DISTINCT t.event, t.event_text
FROM {table} AS t
WHERE t.event IN (SELECT n.event FROM {names} AS n) AND t.event_text IS NOT NULL
