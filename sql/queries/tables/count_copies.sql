-- Count the copies of ids that lost against a row of another archive hour.
SELECT count(*) AS copies
FROM tideline.copies
WHERE schema_name = :schema
