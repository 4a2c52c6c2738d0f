-- Creates the scratch table of one schema.
CREATE TABLE {table} (id TEXT, "timestamp" TIMESTAMP WITH TIME ZONE)
