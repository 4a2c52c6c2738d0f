"""Loads single events, each as an archive and a schema of its own, and reads their rows back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from event_assets.config.source import Source
from tests.drive import Place, load_archive
from tests.independent.clocks import read_text
from tests.independent.tables import open_tables
from tests.promises.archives import DAWN, write_archive

OTHER_HOUR = datetime(2026, 11, 23, 7, tzinfo=UTC)
VOLATILE = "<volatile>"
LEFT_OUT = ("uuid_ts", "context_source_", "context_destination_")
OURS = ("event_date", "_archive_hour", "_fingerprint")
Json = object
Cells = dict[str, object]


@dataclass(frozen=True)
class Case:
    """An event, and the rows that another loader makes of it: (table, column -> value)."""

    name: str
    event: Mapping[str, Json]
    expected: Sequence[tuple[str, Cells]]


def read_cases(path: Path) -> list[Case]:
    """The cases of a file of one JSON object a line."""
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Case(case["name"], case["input_event"], [(row["table"], row["data"]) for row in case["expected"]])
        for case in found
    ]


def schema_of(number: int) -> str:
    """The schema of the n-th case."""
    return f"case_{number}"


def load_cases(folder: Path, cases: Sequence[Case]) -> Path:
    """Load each case by the real path into its own schema of one warehouse; gives the DuckDB file."""
    where = Place(Source(archive="", layout="rudderstack"), folder)
    for number, case in enumerate(cases):
        line = json.dumps(case.event, ensure_ascii=False).encode()
        archive = write_archive(folder / "archives" / str(number), {archive_hour(case.event): [[line]]})
        name = schema_of(number)
        source = Source(archive=str(archive), name=name, layout="rudderstack", schema=name)
        load_archive(replace(where, source=source))
    return where.warehouse


def archive_hour(event: Mapping[str, Json]) -> datetime:
    """The hour in which an event was received; one of our own where it has none."""
    received = read_text(str(event.get("receivedAt", "")))
    if received is None:
        return OTHER_HOUR
    return (DAWN + timedelta(microseconds=received)).replace(minute=0, second=0, microsecond=0)


def read_rows(warehouse: Path, number: int) -> dict[str, list[Cells]]:
    """The rows of a case by table: no NULLs, instants in microseconds."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {
            name: [{column: value for column, value in row.items() if value is not None} for row in table.rows()]
            for name, table in open_tables(connection, schema_of(number)).items()
        }


def unequal_cells(expected: Cells, got: Cells) -> set[str]:
    """The columns whose values differ; what only one of the two has differs too."""
    columns = {column for column in (*expected, *got) if not column.startswith(LEFT_OUT) and column not in OURS}
    return {column for column in columns if not same(expected.get(column), got.get(column))}


def same(expected: object, got: object) -> bool:
    """Whether two cells are equal: instants as instants, anything where the other loader had a random value."""
    if expected == VOLATILE:
        return got is not None
    if isinstance(expected, str) and isinstance(got, int) and not isinstance(got, bool):
        return read_text(expected) == got
    return expected == got and isinstance(expected, bool) == isinstance(got, bool)
