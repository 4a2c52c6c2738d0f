-- The files that some loads read for the first time: how many, and the name of one.
SELECT f.load_id, COUNT(*) AS files, MIN(f.file) AS file
FROM tideline.load_files AS f
LEFT JOIN tideline.load_files AS e ON e.file = f.file AND e.etag = f.etag AND e.load_id < f.load_id
WHERE f.load_id IN :loads AND e.file IS NULL
GROUP BY f.load_id
