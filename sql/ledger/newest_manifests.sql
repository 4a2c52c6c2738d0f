-- Returns the manifest hash of the newest load of some archive hours, which is the load that counts.
SELECT archive_hour, manifest_hash
FROM (
    SELECT archive_hour, manifest_hash, row_number() OVER (PARTITION BY archive_hour ORDER BY load_id DESC) AS age
    FROM tideline.loads
    WHERE source = :source AND archive_hour IN :archive_hours
) AS ranked
WHERE age = 1
