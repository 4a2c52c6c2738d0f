"""What a load would do before it does it: hours, files, bytes, and estimates by the ledger's own history."""
