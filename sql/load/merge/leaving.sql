-- Stored rows that must go: beaten by another, gone from their hour, changed, or written anew because :rewrite says so.
INSERT INTO load_leaving (type, id, archive_hour, event_time)
SELECT s.type, s.id, s.archive_hour, s.event_time
FROM load_stored AS s
LEFT JOIN load_winners AS w ON w.type = s.type AND w.id = s.id
WHERE
    w.id IS NULL
    OR w.archive_hour <> s.archive_hour
    OR (s.archive_hour = :archive_hour AND (w.fingerprint <> s.fingerprint OR :rewrite))
