"""FILES OUT AND IN AGAIN: the deduplicated hour as Parquet, its note, its quarantine (SPEC §8)."""
