-- Leaves out of users what is past the values a row may have: the columns first seen win (SPEC §5).
CREATE TEMPORARY TABLE load_fitting_users AS
SELECT {fitting}
FROM (SELECT {columns}, {full_at} AS full_at FROM load_users) AS measured
