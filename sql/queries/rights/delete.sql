-- Deletes the row of a scratch table.
DELETE FROM {table}
WHERE id = 'scratch'
