-- How many copies of ids lost against a row of another archive hour: duplicates that lie hours or days apart.
SELECT count(*) AS copies
FROM tideline.copies
WHERE schema_name = :schema
