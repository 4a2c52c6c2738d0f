"""What a load leaves without a row, as the warehouse records it: excluded events and quarantined lines."""
