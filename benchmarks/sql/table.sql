-- One table: standard columns, context, and the typed members of its events' properties or traits.
CREATE TABLE {table} AS
SELECT {columns}
FROM (SELECT * {structs} FROM raw WHERE {rows})
