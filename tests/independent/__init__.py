"""A second opinion on archives and tables, written from the SPEC alone: it imports nothing of the project."""
