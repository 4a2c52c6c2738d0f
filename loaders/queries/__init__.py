"""Read-only queries of the command, of Dagster and of health: typed arguments in, typed rows out."""
