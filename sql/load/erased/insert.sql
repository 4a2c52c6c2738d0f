-- Records how many events and quarantined lines of an hour are erased.
INSERT INTO tideline.erased (source, archive_hour, events)
VALUES (:source, :archive_hour, :events)
