-- Forgets an intent that is fulfilled.
-- ClickHouse only: it commits table by table.
TRUNCATE TABLE tideline.journal
