-- One row per user: the latest value of each column that is not NULL, by event time.
CREATE TABLE users AS
SELECT user_id AS id, {columns}, now() AS uuid_ts
FROM identifies
WHERE user_id IS NOT NULL
GROUP BY user_id
