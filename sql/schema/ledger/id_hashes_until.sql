-- Creates the record of the newest load whose ids are in `id_hashes`. If it is not the newest of the ledger, the
-- hashes are computed again.
CREATE TABLE IF NOT EXISTS tideline.id_hashes_until (
    schema_name TEXT NOT NULL,
    load_id TEXT NOT NULL
)
