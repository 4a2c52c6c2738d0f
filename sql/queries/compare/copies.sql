-- Which of these ids have copies in other archive hours that lost.
SELECT DISTINCT id
FROM tideline.copies
WHERE schema_name = :schema AND id IN ({listed})
