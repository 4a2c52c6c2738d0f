-- Creates the database of a session for its temporary tables.
-- ClickHouse only: a temporary table is in memory, and deletes do not see it.
CREATE DATABASE {database} ENGINE = Atomic
