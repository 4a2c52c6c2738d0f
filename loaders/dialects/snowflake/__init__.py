"""Snowflake: a warehouse in a cloud, whose transactions hold rows of many tables, but no change of a table itself."""
