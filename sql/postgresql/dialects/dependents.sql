-- What depends on a column and is no view, and prevents a change of its type, as the server describes it: triggers,
-- policies, functions, rules, generated columns, foreign keys, indexes with operators of one type. What the server makes
-- again by itself, such as a plain index or a check, is left out.
-- PostgreSQL only: it refuses to change the type of a column that these need.
SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS dependent
FROM pg_catalog.pg_depend AS d
INNER JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid AND d.refclassid = CAST('pg_catalog.pg_class' AS REGCLASS)
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
LEFT JOIN pg_catalog.pg_attrdef AS f ON f.oid = d.objid AND d.classid = CAST('pg_catalog.pg_attrdef' AS REGCLASS)
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = d.objid AND d.classid = CAST('pg_catalog.pg_class' AS REGCLASS)
LEFT JOIN pg_catalog.pg_constraint AS c ON c.oid = d.objid AND d.classid = CAST('pg_catalog.pg_constraint' AS REGCLASS)
LEFT JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid AND d.classid = CAST('pg_catalog.pg_rewrite' AS REGCLASS)
WHERE
    n.nspname = :schema AND t.relname = :table AND a.attname = :column
    AND (
        d.classid IN (
            CAST('pg_catalog.pg_trigger' AS REGCLASS), CAST('pg_catalog.pg_policy' AS REGCLASS),
            CAST('pg_catalog.pg_proc' AS REGCLASS), CAST('pg_catalog.pg_publication_rel' AS REGCLASS)
        )
        OR f.adnum <> a.attnum
        OR EXISTS (SELECT 1 FROM pg_catalog.pg_opclass AS o WHERE o.oid = ANY(i.indclass) AND NOT o.opcdefault)
        OR c.contype IN ('f', 'x')
        OR r.ev_class = t.oid
    )
ORDER BY dependent
