"""What the command and Dagster both report: status, lateness, reconciliation of counts, catalog usage, alerts."""
