"""Asset checks: what each one judges, and how its result reads."""
