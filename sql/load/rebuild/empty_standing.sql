-- Makes room for the next table's rows.
DELETE FROM load_standing
