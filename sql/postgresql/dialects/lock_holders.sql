-- Returns the sessions that hold locks on tables, other than loads; with `readers`, those too that only read.
-- PostgreSQL only: nobody waits for a lock in a DuckDB file.
SELECT
    l.pid,
    a.usename,
    a.application_name,
    n.nspname || '.' || c.relname AS relation,
    CAST(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP() - MIN(a.xact_start)) AS BIGINT) AS seconds
FROM pg_catalog.pg_locks AS l
INNER JOIN pg_catalog.pg_database AS d ON d.oid = l.database AND d.datname = CURRENT_DATABASE()
INNER JOIN pg_catalog.pg_class AS c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT OUTER JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE
    l.granted AND l.pid <> PG_BACKEND_PID() AND a.application_name IS DISTINCT FROM 'tideline'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND (:readers OR l.mode <> 'AccessShareLock')
GROUP BY l.pid, a.usename, a.application_name, n.nspname, c.relname
ORDER BY seconds DESC
LIMIT 3
