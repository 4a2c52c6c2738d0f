-- Delete the rows of one day from a rollup.
DELETE FROM {table}
WHERE date >= :start AND date < :end
