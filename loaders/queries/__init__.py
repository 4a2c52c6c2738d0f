"""Questions that the command, Dagster and health ask a warehouse. They read and never write."""
