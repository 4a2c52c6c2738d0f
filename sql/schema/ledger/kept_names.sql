-- Creates the list of names that version 0.1 gave and that later loads keep: of a column, or with `*` of a table. The
-- row (`*`, `*`) notes that a schema is taken over: every schema that a load has written has one.
CREATE TABLE IF NOT EXISTS tideline.kept_names (
    schema_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    column_name TEXT NOT NULL
)
