"""Reads JSON texts into columns: by Arrow where rows have one structure, exactly where they do not."""
