"""Output as files that are opened elsewhere: pages for a browser."""
