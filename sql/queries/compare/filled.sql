-- How many values each column of a list has, of the rows that are compared.
SELECT {counts}
FROM {table}
WHERE :whole OR ({clock} >= :start AND {clock} < :end)
