-- Tells whether a schema is there.
SELECT COUNT(*) AS schemas
FROM information_schema.schemata
WHERE catalog_name = CURRENT_DATABASE() AND schema_name = :schema
