"""Quarantined lines: listed by form, shown, and read again by the settings of today (contract §13)."""
