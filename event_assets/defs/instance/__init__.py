"""What Dagster keeps of its own between starts."""
