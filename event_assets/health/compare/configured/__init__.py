"""What the source's configuration and its erasures explain: masked values, rows of erased persons (contract §13)."""
