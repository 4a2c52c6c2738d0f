-- Records the contract violations of the hours of a load, by event, path and SDK.
INSERT INTO tideline.violations
(source, archive_hour, type, event, path, problem, mode, library, library_version, events, file, line)
SELECT :source, archive_hour, type, event, path, problem, mode, library, library_version, events, file, line
FROM {violations}
