-- Records a load in `tideline.loads`, in the transaction of its rows.
INSERT INTO tideline.loads (
    load_id, source, archive_hour, manifest_hash, files, bad_files, ignored_files, bytes, lines, events, duplicates,
    quarantined, late, clocks_corrected, sanitized, rescued, staged, inserted, updated, ignored, deleted,
    column_counts, config_hash, version, run_id, started_at, finished_at
)
VALUES (
    :load_id, :source, :archive_hour, :manifest_hash, :files, :bad_files, :ignored_files, :bytes, :lines, :events,
    :duplicates, :quarantined, :late, :clocks_corrected, :sanitized, :rescued, :staged, :inserted, :updated, :ignored,
    :deleted, :column_counts, :config_hash, :version, :run_id, :started_at, :finished_at
)
