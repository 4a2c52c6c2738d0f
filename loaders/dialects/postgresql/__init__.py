"""PostgreSQL: a server with one transaction over all tables, read by others while a load merges."""
