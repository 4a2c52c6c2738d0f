-- Returns the newest load of some archive hours, which is the one that counts. Its column counts are text, which every
-- driver returns alike.
SELECT
    archive_hour, load_id, manifest_hash, config_hash, files, bad_files, ignored_files, bytes, lines, events,
    duplicates, quarantined, late, clocks_corrected, sanitized, rescued, staged, inserted, updated, ignored, deleted,
    CAST(column_counts AS TEXT) AS column_counts
FROM tideline.loads
WHERE load_id IN (
    SELECT MAX(load_id)
    FROM tideline.loads
    WHERE source = :source AND archive_hour IN :archive_hours
    GROUP BY archive_hour
)
