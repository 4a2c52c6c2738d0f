-- Adds the stored rows to delete to `load_leaving`: beaten by another copy, missing from their hour, changed, or
-- rewritten because :rewrite is true.
INSERT INTO load_leaving (type, id, archive_hour, event_time)
SELECT s.type, s.id, s.archive_hour, s.event_time
FROM load_stored AS s
LEFT JOIN load_winners AS w ON w.type = s.type AND w.id = s.id
WHERE
    w.id IS NULL
    OR w.archive_hour <> s.archive_hour
    OR (s.archive_hour = :archive_hour AND (w.fingerprint <> s.fingerprint OR :rewrite))
