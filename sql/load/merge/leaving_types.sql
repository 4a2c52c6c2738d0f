-- Types that have rows to delete.
SELECT DISTINCT type
FROM load_leaving
