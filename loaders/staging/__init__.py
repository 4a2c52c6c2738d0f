"""The rows of a load as Arrow files, table by table."""
