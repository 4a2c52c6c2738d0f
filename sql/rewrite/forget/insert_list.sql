-- Records the list of an erasure, unless it is recorded.
INSERT INTO tideline.suppressed (source, erasure_id, content)
SELECT :source, :erasure_id, :content
WHERE NOT EXISTS (SELECT 1 FROM tideline.suppressed WHERE source = :source AND erasure_id = :erasure_id)
