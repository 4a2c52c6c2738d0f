-- Records the duplicates of the hours of a load, per library.
INSERT INTO tideline.duplicates (source, archive_hour, library, duplicates)
SELECT :source, archive_hour, library, duplicates
FROM {duplicates}
