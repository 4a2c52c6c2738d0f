"""The catalog of columns and types: stored, exported, imported, inferred."""
