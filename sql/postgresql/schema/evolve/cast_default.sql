-- Cast a column's former default to its new type: an error if it has no value of it.
-- Override: PostgreSQL has no `TRY_CAST`.
SELECT CAST(CAST(({default}) AS TEXT) AS {type}) AS new_default
