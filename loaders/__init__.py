"""The warehouse: one archive hour is one load, and one load is one transaction."""
