"""An unknown archive: what its keys and its first events look like."""
