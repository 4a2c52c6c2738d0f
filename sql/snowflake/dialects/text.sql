-- A column of an unsupported type as text.
-- Snowflake only: other databases write types otherwise.
CAST({column} AS TEXT)
