-- Adds the load that archive hours shared to the ledger of an older version.
ALTER TABLE tideline.loads ADD COLUMN IF NOT EXISTS shared_load TEXT
