-- Adds the touched user ids that `not_users` lists to `load_no_users`, ignoring white space around them and the case
-- of A-Z.
-- Override: TRIM takes the bytes of characters, not the characters, from the ends of a text.
INSERT INTO load_no_users (user_id)
SELECT DISTINCT t.user_id
FROM load_user_ids AS t
INNER JOIN {not_users} AS n
    ON translateUTF8(replaceRegexpAll(t.user_id, concat('^[', :blanks, ']+|[', :blanks, ']+$'), ''), :upper, :lower)
    = translateUTF8(replaceRegexpAll(n.user_id, concat('^[', :blanks, ']+|[', :blanks, ']+$'), ''), :upper, :lower)
