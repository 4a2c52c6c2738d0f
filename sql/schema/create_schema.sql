-- Makes a schema: of event tables, or tideline's own.
CREATE SCHEMA {schema}
