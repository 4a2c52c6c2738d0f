"""Pure: events of the lake against the schemas of a tracking plan, by column where columns decide (contract §13)."""
