-- Records a few events of the hours of a load that have the id of an event of another hour.
INSERT INTO tideline.id_conflicts (source, archive_hour, conflicts, type, id, other_archive_hour, differs)
SELECT :source, archive_hour, conflicts, type, id, other_archive_hour, differs
FROM {samples}
