-- Returns a row if a schema exists that the user may use.
SELECT schema_name
FROM information_schema.schemata
WHERE catalog_name = CURRENT_DATABASE() AND schema_name = :schema
