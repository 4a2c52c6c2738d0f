-- Records the end of an erasure.
UPDATE tideline.erasures
SET finished_at = :finished_at
WHERE source = :source AND erasure_id = :erasure_id AND finished_at IS NULL
