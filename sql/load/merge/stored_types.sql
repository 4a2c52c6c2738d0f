-- The types of the events under whose ids a row stands.
SELECT DISTINCT type
FROM load_stored
