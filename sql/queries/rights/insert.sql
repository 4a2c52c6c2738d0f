-- Inserts the one row of a scratch table.
INSERT INTO {table} (id, "timestamp")
VALUES ('scratch', CURRENT_TIMESTAMP)
