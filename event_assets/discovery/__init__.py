"""Pending hours: the archive listing against the ledger, settling, gaps, look-back."""
