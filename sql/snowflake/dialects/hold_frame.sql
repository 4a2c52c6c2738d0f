-- Adds an array of objects to the rows that the session holds.
-- Snowflake only: a small frame is one bound value.
INSERT INTO {rows} (relation, data)
SELECT ?, listed.value
FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) AS listed
