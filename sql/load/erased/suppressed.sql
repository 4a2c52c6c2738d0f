-- Returns the erasures of a source.
SELECT erasure_id
FROM tideline.suppressed
WHERE source = :source
