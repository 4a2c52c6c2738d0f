-- The views that depend on a table, or on one column of it if :column is given: they prevent dropping it and changing
-- its type.
-- PostgreSQL only: it refuses to drop what a view needs, or to change its type.
SELECT DISTINCT vn.nspname AS view_schema, v.relname AS view_name
FROM pg_catalog.pg_depend AS d
INNER JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid AND d.classid = CAST('pg_catalog.pg_rewrite' AS REGCLASS)
INNER JOIN pg_catalog.pg_class AS v ON v.oid = r.ev_class
INNER JOIN pg_catalog.pg_namespace AS vn ON vn.oid = v.relnamespace
INNER JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid AND d.refclassid = CAST('pg_catalog.pg_class' AS REGCLASS)
INNER JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
WHERE
    tn.nspname = :schema AND t.relname = :table AND v.oid <> t.oid
    AND (CAST(:column AS TEXT) IS NULL OR a.attname = :column)
ORDER BY view_schema, view_name
