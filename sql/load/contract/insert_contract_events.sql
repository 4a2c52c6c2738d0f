-- Records how many events of the hours of a load a contract is about, how many violate it, and how many it quarantines.
INSERT INTO tideline.contract_events (source, archive_hour, type, checked, violating, quarantined)
SELECT :source, archive_hour, type, checked, violating, quarantined
FROM {counts}
