-- Inserts the rows of users that are new or have changed.
INSERT INTO {users} ({columns}, uuid_ts)
SELECT {columns}, :uuid_ts
FROM load_changed_users
