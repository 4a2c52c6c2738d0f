-- What one load changed of days that had been told before, for a person.
SELECT day, table_name, inserted, updated, deleted, reason
FROM tideline.restatements
WHERE load_id = :load_id
ORDER BY day, table_name
