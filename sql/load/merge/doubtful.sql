-- Stored rivals of which the warehouse cannot tell whether their received_at was believed.
SELECT type, id, archive_hour
FROM load_stored
WHERE received IS NULL AND archive_hour <> :archive_hour
