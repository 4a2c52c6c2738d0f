-- Writes the parts of a table with deleted rows again, without them.
-- ClickHouse only: a delete hides rows.
ALTER TABLE {table} APPLY DELETED MASK
