-- Returns the schema that this source writes to, and the source that writes to this schema. A source has one schema
-- and a schema one source, so one row of each is enough.
(SELECT source, schema_name FROM tideline.arrivals WHERE source = :source LIMIT 1)
UNION
(SELECT source, schema_name FROM tideline.arrivals WHERE schema_name = :schema LIMIT 1)
