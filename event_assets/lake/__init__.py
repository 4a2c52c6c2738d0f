"""FILES OUT AND IN AGAIN: the deduplicated hour as Parquet, its note, its quarantine (contract §8)."""
