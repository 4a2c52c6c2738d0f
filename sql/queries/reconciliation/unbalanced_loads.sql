-- Loads whose rows do not add up: staged = inserted + updated + ignored, and the three sums of `arrivals` (contract
-- §9).
SELECT
    loads.archive_hour, loads.staged, loads.inserted, loads.updated, loads.ignored, loads.deleted,
    coalesce(arrived.inserted, 0) AS arrived_inserted,
    coalesce(arrived.updated, 0) AS arrived_updated,
    coalesce(arrived.deleted, 0) AS arrived_deleted
FROM tideline.loads AS loads
LEFT JOIN (
    SELECT
        load_id,
        CAST(sum(inserted) AS BIGINT) AS inserted,
        CAST(sum(updated) AS BIGINT) AS updated,
        CAST(sum(deleted) AS BIGINT) AS deleted
    FROM tideline.arrivals
    GROUP BY load_id
) AS arrived ON arrived.load_id = loads.load_id
WHERE loads.source = :source
    AND loads.archive_hour IN :hours
    AND loads.load_id IN (SELECT max(load_id) FROM tideline.loads WHERE source = :source GROUP BY archive_hour)
    AND (
        loads.staged <> loads.inserted + loads.updated + loads.ignored
        OR loads.inserted <> coalesce(arrived.inserted, 0)
        OR loads.updated <> coalesce(arrived.updated, 0)
        OR loads.deleted <> coalesce(arrived.deleted, 0)
    )
ORDER BY loads.archive_hour
