"""Two schemas of one warehouse: rows counted and hashed by day, and the rows that differ (contract §13)."""
