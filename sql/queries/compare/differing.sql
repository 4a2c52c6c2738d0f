-- The ids whose rows differ between two tables on some days, with how many rows each side has: at most :most a day, and
-- how many there are of each kind. An id that is on two days is one row: its day is the one here.
WITH here_rows AS (
    SELECT id, MIN(day) AS day, COUNT(*) AS held, {here_sum} AS digest
    FROM (SELECT {here_id} AS id, {here_day} AS day, {here_hash} AS row_hash FROM {here_table}
        WHERE :whole OR ({here_clock} >= :start AND {here_clock} < :end)) AS h
    WHERE day IN :days
    GROUP BY id
),

there_rows AS (
    SELECT id, MIN(day) AS day, COUNT(*) AS held, {there_sum} AS digest
    FROM (SELECT {there_id} AS id, {there_day} AS day, {there_hash} AS row_hash FROM {there_table}
        WHERE :whole OR ({there_clock} >= :start AND {there_clock} < :end)) AS t
    WHERE day IN :days
    GROUP BY id
),

differing AS (
    SELECT
        COALESCE(h.id, t.id) AS id, COALESCE(h.day, t.day) AS day, COALESCE(h.held, 0) AS here_held,
        COALESCE(t.held, 0) AS there_held
    FROM here_rows AS h
    FULL JOIN there_rows AS t ON t.id = h.id
    WHERE h.digest IS DISTINCT FROM t.digest
)

SELECT id, day, here_held, there_held, differing_ids
FROM (
    SELECT
        id, day, here_held, there_held, COUNT(*) OVER (PARTITION BY day) AS differing_ids,
        ROW_NUMBER() OVER (PARTITION BY day ORDER BY id) AS row_rank
    FROM differing
) AS ranked
WHERE row_rank <= :most
ORDER BY day, row_rank
