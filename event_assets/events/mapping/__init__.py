"""Envelopes of others: members renamed, batches unwrapped."""
