"""A warehouse by its URL, and one connection's way to run the statements of `sql/`."""
