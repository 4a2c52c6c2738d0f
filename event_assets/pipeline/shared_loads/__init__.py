"""The hours of one run that are loaded together."""
