-- Makes a schema where it is missing: of event tables, or tideline's own.
CREATE SCHEMA IF NOT EXISTS {schema}
