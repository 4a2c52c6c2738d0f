-- Part of a query: the ids of a list, bound as one JSON text.
-- PostgreSQL only: every database reads the elements of a JSON array in its own way.
SELECT JSON_ARRAY_ELEMENTS_TEXT(CAST(:ids AS JSON))
