-- Records how many events of the hours of a load the settings leave out, per type and name.
INSERT INTO tideline.excluded (source, archive_hour, type, event, events)
SELECT :source, archive_hour, type, event, events
FROM {excluded}
