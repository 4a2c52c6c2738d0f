-- Records the files of a load.
INSERT INTO tideline.load_files (load_id, file, bytes, etag, lines, bad, vanished)
SELECT :load_id, file, bytes, etag, lines, bad, vanished
FROM {files}
