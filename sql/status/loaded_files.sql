-- The files of the newest load of every archive hour of a source: what is not among them is pending (SPEC §10).
SELECT files.load_id, files.file, files.bytes, files.etag, files.lines, files.bad
FROM tideline.load_files AS files
WHERE files.load_id IN (
    SELECT max(load_id)
    FROM tideline.loads
    WHERE source = :source
    GROUP BY archive_hour
)
ORDER BY files.load_id, files.file
