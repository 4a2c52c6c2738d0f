"""What the warehouse has of an archive hour, compared with what its events in the lake make (contract §13)."""
