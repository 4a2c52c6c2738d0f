-- Creates a schema: of event tables, or Tideline's own.
CREATE SCHEMA {schema}
