"""Rows that `loads`, `arrivals`, `copies`, `columns` and `quarantine` must have of an archive (contract §8, §9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import duckdb

from tests.independent.clocks import HOUR, micros
from tests.independent.hour_counts import HourCounts
from tests.independent.masked import Masked
from tests.independent.reader import Archive
from tests.independent.rows import COMMON, HOMES, OURS, SPECIAL
from tests.independent.tables import Difference, Table

COUNTS = ("files", "bad_files", "lines", "events", "duplicates", "quarantined", "late", "clocks_corrected", "sanitized")
KEPT = 100
ERASED = "SELECT epoch_us(archive_hour), events FROM tideline.erased WHERE source = ?"
LIBRARIES = "SELECT epoch_us(archive_hour), library, duplicates FROM tideline.duplicates WHERE source = ?"
KINDS = {home: kind for kind, home in HOMES.items()}
NEWEST = """
    SELECT epoch_us(archive_hour), staged - inserted - updated - ignored, files, bad_files, lines, events, duplicates,
           quarantined, late, clocks_corrected, sanitized
    FROM tideline.loads WHERE source = ?
    QUALIFY row_number() OVER (PARTITION BY archive_hour ORDER BY load_id DESC) = 1
"""
ARRIVED = """
    SELECT table_name, epoch_us(event_hour), sum(inserted) - sum(deleted) FROM tideline.arrivals
    WHERE schema_name = ? GROUP BY ALL HAVING sum(inserted) <> sum(deleted)
"""
REFUSED = "SELECT epoch_us(archive_hour), reason, count(*) FROM tideline.quarantine WHERE source = ? GROUP BY ALL"
COPIES = "SELECT type, id, epoch_us(archive_hour) FROM tideline.copies WHERE schema_name = ?"
CATALOG = "SELECT table_name, column_name, type FROM tideline.columns WHERE schema_name = ? AND type <> 'dropped'"


def check_ledgers(
    connection: duckdb.DuckDBPyConnection, archive: Archive, tables: dict[str, Table], *, schema: str, source: str
) -> Iterator[Difference]:
    """Differences in the tables of schema `tideline`, for one source and its schema."""
    yield from _check_loads(connection, archive, source)
    yield from _check_erased(connection, archive, source)
    yield from _check_libraries(connection, archive, source)
    yield from _check_sums(connection, tables, schema)
    yield from _check_quarantine(connection, archive, source)
    yield from _check_copies(connection, archive, schema)
    yield from _check_catalog(connection, tables, schema)


def _check_loads(connection: duckdb.DuckDBPyConnection, archive: Archive, source: str) -> Iterator[Difference]:
    loads = {row[0]: row[1:] for row in connection.execute(NEWEST, [source]).fetchall()}
    for hour, counts in archive.hours.items():
        left, *stored = loads.pop(micros(hour), (None, *[None] * len(COUNTS)))
        if left != 0:
            yield Difference("loads", str(hour), "staged", "inserted + updated + ignored", left)
        for name, got in zip(COUNTS, stored, strict=True):
            if got != getattr(counts, name):
                yield Difference("loads", str(hour), name, getattr(counts, name), got)
    for hour in loads:
        yield Difference("loads", str(hour), "", None, "a load of an hour that the archive has not")


def _check_erased(connection: duckdb.DuckDBPyConnection, archive: Archive, source: str) -> Iterator[Difference]:
    known = connection.execute("SELECT 1 FROM information_schema.tables WHERE table_name = 'erased'").fetchone()
    stored = dict(connection.execute(ERASED, [source]).fetchall()) if known else {}
    wanted = {micros(hour): counts.erased for hour, counts in archive.hours.items() if counts.erased}
    for hour in stored.keys() | wanted.keys():
        if stored.get(hour) != wanted.get(hour):
            yield Difference("erased", str(hour), "events", wanted.get(hour), stored.get(hour))


def _check_libraries(connection: duckdb.DuckDBPyConnection, archive: Archive, source: str) -> Iterator[Difference]:
    known = connection.execute("SELECT 1 FROM information_schema.tables WHERE table_name = 'duplicates'").fetchone()
    if known is None or archive.masked != Masked():
        return
    stored = {(row[0], row[1]): row[2] for row in connection.execute(LIBRARIES, [source]).fetchall()}
    wanted = {
        (micros(hour), library): number
        for hour, counts in archive.hours.items()
        if hour not in archive.junk.kept.strict_hours
        for library, number in counts.libraries.items()
    }
    for key in stored.keys() | wanted.keys():
        if stored.get(key) != wanted.get(key):
            yield Difference("duplicates", str(key[0]), key[1], wanted.get(key), stored.get(key))


def _check_sums(connection: duckdb.DuckDBPyConnection, tables: dict[str, Table], schema: str) -> Iterator[Difference]:
    arrived = {row[:2]: row[2] for row in connection.execute(ARRIVED, [schema]).fetchall()}
    stored: Counter[tuple[str, int]] = Counter()
    for name, table in tables.items():
        if name != "users":
            found = connection.execute(f"SELECT epoch_us(timestamp) // {HOUR}, count(*) FROM {table.name} GROUP BY 1")
            stored.update({(name, hour * HOUR): count for hour, count in found.fetchall()})
    for key in arrived.keys() | stored.keys():
        if arrived.get(key, 0) != stored[key]:
            yield Difference("arrivals", key[0], str(key[1]), stored[key], arrived.get(key, 0))


def _kept(hours: dict[datetime, HourCounts]) -> dict[tuple[int, str], int]:
    return {
        (micros(hour), reason): min(count, KEPT)
        for hour, counts in hours.items()
        for reason, count in (*counts.reasons.items(), ("contract", len(counts.refused)))
        if count
    }


def _check_quarantine(connection: duckdb.DuckDBPyConnection, archive: Archive, source: str) -> Iterator[Difference]:
    stored = {(row[0], row[1]): row[2] for row in connection.execute(REFUSED, [source]).fetchall()}
    wanted = _kept(archive.hours)
    for key in stored.keys() | wanted.keys():
        if stored.get(key) != wanted.get(key):
            yield Difference("quarantine", str(key[0]), key[1], wanted.get(key), stored.get(key))


def _check_copies(connection: duckdb.DuckDBPyConnection, archive: Archive, schema: str) -> Iterator[Difference]:
    stored = Counter(connection.execute(COPIES, [schema]).fetchall())
    wanted = Counter((kind, ident, micros(hour)) for kind, ident, hour in archive.copies)
    for copy in stored.keys() | wanted.keys():
        if stored[copy] != wanted[copy]:
            yield Difference("copies", str(copy[1]), str(copy[2]), wanted[copy], stored[copy])


def _check_catalog(
    connection: duckdb.DuckDBPyConnection, tables: dict[str, Table], schema: str
) -> Iterator[Difference]:
    stored = {row[:2]: row[2] for row in connection.execute(CATALOG, [schema]).fetchall()}
    wanted = {
        (name, column): kind
        for name, table in tables.items()
        if name != "users"
        for column, kind in table.types.items()
        if column not in (*COMMON, *SPECIAL[KINDS.get(name, "track")], *OURS)
    }
    for key in stored.keys() | wanted.keys():
        if stored.get(key) != wanted.get(key):
            yield Difference("columns", key[0], key[1], wanted.get(key), stored.get(key))
