-- Whether an erasure of persons is under way: what a day added up to before would tell what they had.
SELECT COUNT(*) AS erasures
FROM tideline.erasures
WHERE finished_at IS NULL
