-- The files of the newest load of every archive hour of a source from :start to :end, of loads after :after. A listed
-- file that is not among them is pending (contract §10).
SELECT files.load_id, files.file, files.bytes, files.etag
FROM tideline.load_files AS files
WHERE files.load_id IN (
    SELECT max(load_id)
    FROM tideline.loads
    WHERE source = :source AND archive_hour >= :start AND archive_hour <= :end
    GROUP BY archive_hour
    HAVING max(load_id) > :after
)
ORDER BY files.load_id, files.file
