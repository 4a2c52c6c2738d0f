"""Files in: which files an archive hour has, and the values that stand in them (contract §2)."""
