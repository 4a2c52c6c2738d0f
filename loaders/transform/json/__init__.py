"""JSON of whole columns: read by Arrow where rows go together, exactly where they do not; grouped by structure."""
