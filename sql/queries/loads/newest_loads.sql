-- The newest load of every archive hour of a source from :start to :end, of loads after :after, with its counts: it is
-- the load that counts (contract §8, §10).
SELECT
    load_id, archive_hour, manifest_hash, config_hash,
    files, bad_files, ignored_files, bytes, lines, events, duplicates, quarantined, late, clocks_corrected, sanitized,
    rescued, staged, inserted, updated, ignored, deleted,
    run_id, started_at, finished_at
FROM (
    SELECT
        load_id, archive_hour, manifest_hash, config_hash,
        files, bad_files, ignored_files, bytes, lines, events, duplicates, quarantined, late, clocks_corrected,
        sanitized, rescued, staged, inserted, updated, ignored, deleted,
        run_id, started_at, finished_at,
        row_number() OVER (PARTITION BY archive_hour ORDER BY load_id DESC) AS age
    FROM tideline.loads
    WHERE source = :source AND archive_hour >= :start AND archive_hour <= :end
) AS ranked
WHERE age = 1 AND load_id > :after
ORDER BY archive_hour
