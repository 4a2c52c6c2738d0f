-- Delete the copies of dropped ids: the row against which they lost no longer exists.
DELETE FROM tideline.copies AS c
USING retain_ids AS r
WHERE c.schema_name = :schema AND c.source = :source AND c.type = r.type AND c.id = r.id
