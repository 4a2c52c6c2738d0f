-- Cast a column's former default to its new type: NULL if it has no value of it.
SELECT TRY_CAST(CAST(({default}) AS TEXT) AS {type}) AS new_default
