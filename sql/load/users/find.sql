-- Adds the touched users that can have a row to `load_user_ids`: a user_id of nothing but white space is no user.
INSERT INTO load_user_ids (user_id)
SELECT DISTINCT user_id
FROM load_touched
WHERE TRIM(BOTH :blanks FROM user_id) <> ''
