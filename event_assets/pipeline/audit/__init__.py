"""Loaded hours, derived again from the archive and compared with lake and warehouse (contract §13)."""
