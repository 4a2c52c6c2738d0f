-- Sums the bytes of the tables of some schemas.
-- ClickHouse only: it has a catalog of its own.
SELECT SUM(total_bytes) AS stored_bytes
FROM system.tables
WHERE database IN {{schemas:Array(String)}}
