"""Pages for a browser, which the command and Dagster write."""
