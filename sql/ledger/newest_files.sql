-- Returns the files of the newest load of an archive hour.
SELECT file
FROM tideline.load_files
WHERE load_id = (SELECT max(load_id) FROM tideline.loads WHERE source = :source AND archive_hour = :archive_hour)
