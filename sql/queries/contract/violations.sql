-- Contract violations of the newest loads of some archive hours, those of the most events first.
SELECT
    archive_hour, type, event, path, problem, mode, library, library_version, events, file, line
FROM tideline.violations
WHERE source = :source AND archive_hour IN :hours
ORDER BY archive_hour, events DESC, type, event, path, problem, library, library_version
