-- Takes the rows of the former day away.
DELETE FROM {rows}
