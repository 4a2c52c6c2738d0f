-- Returns the bytes of the files of a DuckLake that its newest state has.
-- DuckLake only: other databases have no files of tables.
SELECT CAST(COALESCE(SUM(file_size_bytes + delete_file_size_bytes), 0) AS BIGINT) AS stored_bytes
FROM DUCKLAKE_TABLE_INFO('{catalog}')
