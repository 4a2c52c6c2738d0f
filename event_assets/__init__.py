"""Tideline: an archive of raw events becomes warehouse tables. The modules here know Dagster; the folders do not."""
