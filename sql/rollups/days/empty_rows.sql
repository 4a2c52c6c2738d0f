-- Delete the rows of the former day.
DELETE FROM {rows}
