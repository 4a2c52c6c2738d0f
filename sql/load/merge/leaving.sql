-- Adds the stored rows to delete to `load_leaving`: beaten by another copy, missing from their hour, changed, or
-- rewritten. The hour that takes a row away is that of the winner, or else its own: a copy of an hour outside this load
-- is put back because the row's own hour has changed.
INSERT INTO load_leaving (type, id, archive_hour, event_time, load_hour)
SELECT s.type, s.id, s.archive_hour, s.event_time, COALESCE(by_winner.archive_hour, s.archive_hour)
FROM load_stored AS s
LEFT JOIN load_winners AS w ON w.type = s.type AND w.id = s.id
LEFT JOIN {hours} AS by_winner ON by_winner.archive_hour = w.archive_hour
LEFT JOIN {hours} AS own ON own.archive_hour = s.archive_hour
WHERE
    w.id IS NULL
    OR w.archive_hour <> s.archive_hour
    OR (own.archive_hour IS NOT NULL AND (w.fingerprint <> s.fingerprint OR own.rewrite))
