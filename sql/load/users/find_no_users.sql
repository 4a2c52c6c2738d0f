-- Adds the touched user ids that `not_users` lists to `load_no_users`, ignoring white space around them and the case
-- of A-Z.
INSERT INTO load_no_users (user_id)
SELECT DISTINCT t.user_id
FROM load_user_ids AS t
INNER JOIN {not_users} AS n
    ON TRANSLATE(TRIM(BOTH :blanks FROM t.user_id), :upper, :lower)
    = TRANSLATE(TRIM(BOTH :blanks FROM n.user_id), :upper, :lower)
