"""ClickHouse: an engine that commits one table at a time, inside this process or on a server."""
