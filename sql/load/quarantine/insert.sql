-- Adds an hour's quarantined lines and files to `tideline.quarantine`.
INSERT INTO tideline.quarantine (source, archive_hour, file, line, byte_offset, reason, detail, bytes, raw)
SELECT :source, :archive_hour, file, line, byte_offset, reason, detail, bytes, raw
FROM {lines}
