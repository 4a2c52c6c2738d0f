"""Tables and columns as the warehouse has them: read, created, changed, commented."""
