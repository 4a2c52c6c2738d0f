-- The identifies of some users, in the order of their arrival.
SELECT {user} AS compared_id, {columns}
FROM {table}
WHERE {user} IN ({listed})
ORDER BY {clock}
