-- Drops the database of a session.
-- ClickHouse only: a temporary table is in memory, and deletes do not see it.
DROP DATABASE IF EXISTS {database}
