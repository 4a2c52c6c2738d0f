"""One load: rows staged, contested, merged and recorded in one transaction."""
