-- Writes the rows of users that have changed or are new.
INSERT INTO {users} ({columns}, uuid_ts)
SELECT {columns}, :uuid_ts
FROM load_changed_users
