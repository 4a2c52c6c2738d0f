"""What a source sends in groups: duplicates by library, quarantined lines by form."""
