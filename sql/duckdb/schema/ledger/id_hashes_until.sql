-- The newest load whose ids `id_hashes` has: where it is not the newest of the ledger, the hashes are made anew.
-- DuckDB only: it has no index of ids.
CREATE TABLE IF NOT EXISTS tideline.id_hashes_until (
    schema_name TEXT NOT NULL,
    load_id TEXT NOT NULL
)
