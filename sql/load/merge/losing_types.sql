-- Types of which some staged rows do not enter.
SELECT DISTINCT type
FROM load_losing
