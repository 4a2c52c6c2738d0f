"""What is pending: the archive listing against the ledger, settling, gaps, look-back."""
