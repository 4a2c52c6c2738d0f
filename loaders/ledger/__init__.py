"""The ledger: one row per load and archive hour, its files, its changes, what it quarantined."""
