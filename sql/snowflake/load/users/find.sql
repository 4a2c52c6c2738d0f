-- Adds the touched user ids that are not blank.
-- Override: TRIM has its characters as an argument; what is blank has nothing left without them.
INSERT INTO load_user_ids (user_id)
SELECT DISTINCT user_id
FROM load_touched
WHERE TRANSLATE(user_id, :blanks, '') <> ''
