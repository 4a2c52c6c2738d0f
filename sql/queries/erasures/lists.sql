-- Returns the lists of erased persons of a source.
SELECT erasure_id, content
FROM tideline.suppressed
WHERE source = :source
ORDER BY erasure_id
