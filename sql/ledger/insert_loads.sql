-- Records the hours of a load in `tideline.loads`, in the transaction of their rows.
INSERT INTO tideline.loads (
    load_id, source, archive_hour, manifest_hash, files, bad_files, ignored_files, bytes, lines, events, duplicates,
    quarantined, late, clocks_corrected, sanitized, rescued, staged, inserted, updated, ignored, deleted,
    column_counts, config_hash, version, run_id, started_at, finished_at, shared_load
)
SELECT
    load_id, source, archive_hour, manifest_hash, files, bad_files, ignored_files, bytes, lines, events, duplicates,
    quarantined, late, clocks_corrected, sanitized, rescued, staged, inserted, updated, ignored, deleted,
    CAST(column_counts AS JSON), config_hash, version, run_id, started_at, finished_at, shared_load
FROM {loads}
