-- Return the bytes of all tables of some schemas, with their indexes and long values.
-- PostgreSQL only: elsewhere the warehouse is a file, whose size is known without a query.
SELECT CAST(COALESCE(SUM(pg_total_relation_size(relation.oid)), 0) AS BIGINT) AS stored_bytes
FROM pg_class AS relation
INNER JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE relation.relkind IN ('r', 'm')
    AND namespace.nspname = ANY(:schemas)
