-- Part of a query: the ids of a list, bound as one JSON text.
-- Snowflake only: every database reads the elements of a JSON array in its own way.
SELECT listed.value::TEXT AS listed_id FROM TABLE(FLATTEN(INPUT => PARSE_JSON(:ids))) AS listed
