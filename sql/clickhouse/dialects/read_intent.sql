-- Reads the tables that a killed process was about to exchange, in its order.
-- ClickHouse only: it commits table by table.
SELECT database, table, scratch_database, shadow, id_after
FROM tideline.journal
ORDER BY number
