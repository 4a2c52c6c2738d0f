-- Returns the stored rivals outside this load whose received_at the lake has to confirm.
SELECT type, id, archive_hour
FROM load_stored
WHERE received IS NULL AND archive_hour NOT IN (SELECT n.archive_hour FROM {hours} AS n)
