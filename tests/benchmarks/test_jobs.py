"""What the README says of the archives and of the jobs that stand beside ours is so."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.data import Archive, list_files, prepare_archive
from benchmarks.jobs import plain_duckdb, plain_polars
from benchmarks.jobs.place import settle
from benchmarks.jobs.whole import load_all
from benchmarks.kinds import Name
from benchmarks.plan import FILE, read_plan, write_plan
from loaders.transform.standard_columns import HOME_TABLES

OURS_ALONE = {"uuid_ts", "_archive_hour", "_fingerprint", "_rescued"}
"""Columns of ours that another job fills in its own way."""

LISTS = {"products", "interests"}
"""Columns of JSON texts: polars spells them in its own way."""


def event_names(archive: Archive) -> set[str]:
    """The names of all tracks of an archive."""
    lines = (line for path in list_files(archive.folder) for line in gzip.decompress(path.read_bytes()).splitlines())
    events = (json.loads(line) for line in lines if line.endswith(b"}"))
    return {event["event"] for event in events if event["type"] == "track"}


@pytest.mark.parametrize(("kind", "names"), [("clean", 16), ("realistic", 80)])
def test_an_archive_has_as_many_event_names_as_is_reported(kind: Name, names: int, tmp_path: Path) -> None:
    assert len(event_names(prepare_archive(kind, 10_000, folder=tmp_path))) == names


def put_lines(archive: Path, *lines: bytes) -> Path:
    """An archive of one file, with a plan of empty home tables."""
    path = archive / "rudder-logs" / "shop" / "2026-03-02" / "1772409600.shop.x.json.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))
    (archive / FILE).write_text(json.dumps({table: [] for table in HOME_TABLES.values()}))
    return archive


def test_the_polars_script_stops_at_a_broken_line(tmp_path: Path) -> None:
    line = b'{"type":"page","messageId":"m","context":{"ip":"1.2.3.4"},"receivedAt":"2026-03-02T00:00:00.000Z"}'
    assert plain_polars.run(put_lines(tmp_path / "whole", line), tmp_path).distinct == 1
    with pytest.raises(pl.exceptions.ComputeError):
        plain_polars.run(put_lines(tmp_path / "cut", line, line[:50]), tmp_path)


@pytest.mark.slow
def test_plain_jobs_make_the_cells_that_ours_makes(tmp_path: Path) -> None:
    archive = prepare_archive("clean", 1_500, folder=tmp_path / "data")
    write_plan(archive)
    load_all(settle(archive.folder, tmp_path))
    plain_duckdb.run(archive.folder, tmp_path)
    plain_polars.run(archive.folder, tmp_path)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, file in (("ours", "warehouse"), ("theirs", "plain")):
            connection.execute(f"ATTACH '{tmp_path / file}.duckdb' AS {name} (READ_ONLY)")
        for table, planned in read_plan(archive.folder).items():
            names = [column for column, *_ in connection.execute(f'DESCRIBE ours.events."{table}"').fetchall()]
            names = [name for name in names if name not in OURS_ALONE]
            ours, files = f'ours.events."{table}"', f"'{tmp_path / table}.parquet'"
            assert different(connection, names, ours, f'theirs.main."{table}"') == set(), table
            instants = {column.name for column in planned if column.type == "TIMESTAMPTZ"}
            assert different(connection, names, ours, files) <= instants | LISTS, table


def different(connection: duckdb.DuckDBPyConnection, names: list[str], ours: str, theirs: str) -> set[str]:
    """The columns with a cell that is another. An empty text counts as NULL, as it is in our tables, and 2 as 2.0."""

    def cells(name: str, relation: str) -> list[tuple[object, ...]]:
        query = f"""SELECT id, regexp_replace(nullif("{name}"::VARCHAR, ''), '\\.0$', '') FROM {relation} ORDER BY id"""
        return connection.execute(query).fetchall()

    return {name for name in names if cells(name, ours) != cells(name, theirs)}
