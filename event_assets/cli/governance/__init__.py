"""The commands that look at what is quarantined, and at whether what is loaded is right."""
