-- The newest quarantined lines and files of a source, with the head of each line: their forms are counted.
SELECT reason, archive_hour, file, line, detail, SUBSTR(raw, 1, :characters) AS raw
FROM tideline.quarantine
WHERE source = :source
ORDER BY archive_hour DESC, file, line
LIMIT :lines
