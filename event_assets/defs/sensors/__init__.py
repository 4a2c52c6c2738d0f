"""Sensors: pending hours, due rollup days, quiet archives, failed runs."""
