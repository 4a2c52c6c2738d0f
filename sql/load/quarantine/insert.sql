-- Adds the quarantined lines and files of the hours of a load to `tideline.quarantine`.
INSERT INTO tideline.quarantine (source, archive_hour, file, line, byte_offset, reason, detail, bytes, raw)
SELECT :source, archive_hour, file, line, byte_offset, reason, detail, bytes, raw
FROM {lines}
