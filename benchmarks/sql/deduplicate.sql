-- Takes out every copy but the newest of its (type, id); only ids that come more than once are sorted.
DELETE FROM raw
WHERE rowid IN (
    SELECT number
    FROM (
        SELECT
            rowid AS number,
            row_number() OVER (PARTITION BY type, "messageId" ORDER BY "receivedAt" DESC) AS place
        FROM raw
        WHERE "messageId" IN (SELECT "messageId" FROM raw GROUP BY type, "messageId" HAVING count(*) > 1)
    )
    WHERE place > 1
)
