-- Which of these ids have lost against a row of another archive hour.
SELECT id
FROM tideline.copies
WHERE schema_name = :schema AND source = :source AND type = :type AND archive_hour = :hour AND id IN ({listed})
