-- The samples of reused ids of these archive hours.
SELECT archive_hour, conflicts, type, id, other_archive_hour, differs
FROM tideline.id_conflicts
WHERE source = :source AND archive_hour IN :hours
ORDER BY archive_hour, type DESC, id
