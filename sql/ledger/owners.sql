-- Which schema this source writes to, and which source writes to this schema. A source has one schema and a schema one
-- source, so the first row of each tells.
(SELECT source, schema_name FROM tideline.arrivals WHERE source = :source LIMIT 1)
UNION
(SELECT source, schema_name FROM tideline.arrivals WHERE schema_name = :schema LIMIT 1)
