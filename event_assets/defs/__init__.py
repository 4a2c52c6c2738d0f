"""Dagster: assets, partitions, schedules, sensors, checks. Glue only, and the only package that imports dagster."""
