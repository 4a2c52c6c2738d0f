-- Empties `load_rebuilt` for the next event table.
DELETE FROM load_rebuilt
