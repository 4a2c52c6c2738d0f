-- Creates the schema of Tideline's own tables.
-- Snowflake only: temporary tables of a session are in it.
CREATE SCHEMA IF NOT EXISTS "TIDELINE"
