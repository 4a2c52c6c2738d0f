-- The first day that retention has kept in the tables of a schema; NULL if nothing was ever dropped.
SELECT MAX(before_date) AS kept_from
FROM tideline.dropped
WHERE schema_name = :schema
