-- Gives an empty column another type.
-- Override: no type changes in place. A column with values ends the statement before
-- anything is changed, so that none are lost (`refusal` leaves it out before).
SELECT 1 AS found FROM {table} WHERE {column} IS NOT NULL LIMIT 1;
ALTER TABLE {table} DROP COLUMN {column};
ALTER TABLE {table} ADD COLUMN {column} {type}
