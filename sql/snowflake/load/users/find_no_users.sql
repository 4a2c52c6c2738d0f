-- Adds the touched user ids that `not_users` lists to `load_no_users`, ignoring white space around them and the case
-- of A-Z.
-- Override: TRIM has its characters as an argument, which the emulator of the tests loses.
INSERT INTO load_no_users (user_id)
SELECT DISTINCT t.user_id
FROM load_user_ids AS t
INNER JOIN {not_users} AS n
    ON TRANSLATE(REGEXP_REPLACE(t.user_id, '^[' || :blanks || ']+|[' || :blanks || ']+$', ''), :upper, :lower)
    = TRANSLATE(REGEXP_REPLACE(n.user_id, '^[' || :blanks || ']+|[' || :blanks || ']+$', ''), :upper, :lower)
