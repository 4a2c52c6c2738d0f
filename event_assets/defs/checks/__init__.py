"""Asset checks: their declarations, their results, and the runbook."""
