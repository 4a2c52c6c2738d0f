-- Which sources have written to which schemas, as far as this source or this schema is concerned.
SELECT DISTINCT source, schema_name
FROM tideline.arrivals
WHERE source = :source OR schema_name = :schema
