-- Comments on a scratch table, as a load does for a new one.
COMMENT ON TABLE {table} IS 'scratch'
