"""dlt as its documentation shows it: gzipped JSON lines from a folder, merged on messageId into DuckDB.

All events go to one table; the arrays in them become child tables, which is dlt's default.
"""

from pathlib import Path

import dlt
from dlt.sources.filesystem import filesystem, read_jsonl

from benchmarks.jobs.done import Done, size_of


def run(archive: Path, work: Path) -> Done:
    """Lines it has read, by its own count, and rows of the table."""
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
    trace = pipeline.last_trace
    assert trace is not None
    assert trace.last_normalize_info is not None
    read = trace.last_normalize_info.row_counts["events"]
    with pipeline.sql_client() as client:
        rows = client.execute_sql("SELECT count(*) FROM events")
    assert rows is not None
    return Done(read, int(rows[0][0]), size_of(work / "dlt.duckdb"))
