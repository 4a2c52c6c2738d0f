-- Tells whether a schema is there, of those the user may use.
SELECT schema_name
FROM information_schema.schemata
WHERE catalog_name = CURRENT_DATABASE() AND schema_name = :schema
