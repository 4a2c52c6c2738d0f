"""dlt as its documentation shows it: gzipped JSON lines from a folder, merged on messageId into DuckDB.

All events go to one table; the arrays in them become child tables, which is dlt's default.
"""

from pathlib import Path

import dlt
from dlt.sources.filesystem import filesystem, read_jsonl


def run(archive: Path, work: Path) -> int:
    """Rows of the table."""
    files = filesystem(bucket_url=archive.as_uri(), file_glob="rudder-logs/**/*.json.gz")
    events = (files | read_jsonl()).with_name("events")
    events.apply_hints(primary_key="messageId", write_disposition="merge")
    pipeline = dlt.pipeline(
        pipeline_name="events",
        pipelines_dir=str(work / "dlt"),
        destination=dlt.destinations.duckdb(str(work / "dlt.duckdb")),
        dataset_name="events",
    )
    pipeline.run(events)
    with pipeline.sql_client() as client:
        rows = client.execute_sql("SELECT count(*) FROM events")
    assert rows is not None
    return int(rows[0][0])
