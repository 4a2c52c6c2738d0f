"""The archive hours of a load: their table in the transaction, and their rows of the ledger."""
