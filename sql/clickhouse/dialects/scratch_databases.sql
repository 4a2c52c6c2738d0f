-- Finds the databases of sessions.
-- ClickHouse only: a process that is killed leaves its database.
SELECT name
FROM system.databases
WHERE startsWith(name, {{prefix:String}})
