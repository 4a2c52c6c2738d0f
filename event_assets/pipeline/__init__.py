"""The work of the command and of Dagster: normalize an hour, load it, roll up, retain, export, maintain the lake."""
