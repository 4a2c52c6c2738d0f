-- Records the files of the hours of a load in `tideline.load_files`.
INSERT INTO tideline.load_files (load_id, file, bytes, etag, lines, bad, vanished)
SELECT load_id, file, bytes, etag, lines, bad, vanished
FROM {files}
