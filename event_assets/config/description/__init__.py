"""Descriptions of the settings, from their declarations: the reference, the JSON Schema, the effective values."""
