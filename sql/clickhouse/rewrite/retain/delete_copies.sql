-- Delete the copies of dropped ids: the row against which they lost no longer exists.
-- Override: a delete has no join.
DELETE FROM tideline.copies
WHERE schema_name = :schema AND source = :source AND (type, id) IN (SELECT r.type, r.id FROM retain_ids AS r)
