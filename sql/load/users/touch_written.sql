-- Adds the users of identifies that this load has written to `load_touched`.
INSERT INTO load_touched (user_id)
SELECT user_id
FROM {identifies}
WHERE uuid_ts = :uuid_ts
