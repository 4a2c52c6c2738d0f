-- The touched users that can have a row: a user_id of nothing but white space is no user.
CREATE TEMPORARY TABLE load_user_ids AS
SELECT DISTINCT user_id
FROM load_touched
WHERE TRIM(BOTH :blanks FROM user_id) <> ''
