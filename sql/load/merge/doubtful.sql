-- Returns the stored rivals of other hours whose received_at the lake has to confirm.
SELECT type, id, archive_hour
FROM load_stored
WHERE received IS NULL AND archive_hour <> :archive_hour
