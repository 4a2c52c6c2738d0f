"""Erased persons: the list of their keyed hashes in the lake, and rows that leave it for good (contract §13)."""
