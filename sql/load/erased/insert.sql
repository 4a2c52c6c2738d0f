-- Records how many events and quarantined lines of the hours of a load are erased.
INSERT INTO tideline.erased (source, archive_hour, events)
SELECT :source, archive_hour, events
FROM {erased}
