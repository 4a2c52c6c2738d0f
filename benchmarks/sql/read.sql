-- Every line of the archive once, its context as typed columns; a line that is no JSON is a row of NULLs and left out.
CREATE TEMP TABLE raw AS
SELECT
    * EXCLUDE (filename),
    date_trunc('hour', to_timestamp(regexp_extract(filename, '(\d+)\.[^/]*$', 1)::BIGINT)) AS archive_hour
FROM read_json(
    {files},
    format = 'newline_delimited', compression = 'gzip', filename = true, ignore_errors = true, maximum_depth = 64,
    columns = {columns}
)
WHERE "messageId" IS NOT NULL
