"""What the command and Dagster both do: normalize an hour, load it, roll up, retain, export, keep the lake."""
