-- Returns the newest load of an archive hour, which is the one that counts. Its column counts are text, which every
-- driver returns alike.
SELECT
    load_id, manifest_hash, config_hash, files, bad_files, ignored_files, bytes, lines, events, duplicates,
    quarantined, late, clocks_corrected, sanitized, rescued, staged, inserted, updated, ignored, deleted,
    CAST(column_counts AS TEXT) AS column_counts
FROM tideline.loads
WHERE source = :source AND archive_hour = :archive_hour
ORDER BY load_id DESC
LIMIT 1
