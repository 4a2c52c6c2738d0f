-- Returns the newest state of the loads in the catalog, whatever state a transaction reads, and when it was made.
-- Iceberg only: other databases have locks.
SELECT snapshot_id, timestamp_ms
FROM ICEBERG_SNAPSHOTS('"{catalog}".tideline.loads')
ORDER BY sequence_number DESC
LIMIT 1
