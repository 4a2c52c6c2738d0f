"""The counts that must add up (contract §9), recomputed from lake and warehouse; a difference names hour and table.

Covered by tests/defs/checks/test_counts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import polars as pl

from event_assets.config.settings import HOUR_FORMAT, Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.discovery.pending import LoadedHour
from event_assets.discovery.survey import loaded_hours
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.read import read_note, read_quarantine, scan_hour
from loaders.connection.session import Session
from loaders.queries.contract import quarantined_ids
from loaders.queries.erasures import erased_hours
from loaders.queries.reconciliation import (
    arrived_tables,
    dropped_ids,
    excluded_ids,
    hour_rows,
    repeated_ids,
    unbalanced_loads,
    unequal_hours,
)
from loaders.schema.introspect import read_layout
from loaders.transform.standard_columns import HOME_TABLES


@dataclass(frozen=True)
class Difference:
    """A count that does not add up, in one archive hour."""

    archive_hour: datetime
    table: str
    message: str

    def __str__(self) -> str:
        return f"{self.archive_hour:%Y-%m-%dT%H} {self.table}: {self.message}"


@dataclass(frozen=True)
class Evidence:
    """The input of an identity: some loaded hours of a source, their notes, and the open warehouse."""

    settings: Settings
    source: Source
    session: Session
    loads: Mapping[datetime, LoadedHour]
    notes: Mapping[datetime, HourNote]

    @property
    def hours(self) -> list[datetime]:
        return list(self.loads)

    def pairs(self) -> Iterator[tuple[LoadedHour, HourNote]]:
        """Yield loads with the notes that they loaded; an hour that was normalized again since waits for its load."""
        for hour, load in self.loads.items():
            note = self.notes.get(hour)
            if note is not None and note.manifest_hash == load.manifest_hash:
                yield load, note


Identity = Callable[[Evidence], Iterator[Difference]]


def lines_add_up(evidence: Evidence) -> Iterator[Difference]:
    """lines = events + quarantined + erased; the quarantine's Parquet holds as many lines (bad files count apart)."""
    erased_by_hour = erased_hours(evidence.session, evidence.source.name)
    for load in evidence.loads.values():
        lines, events, quarantined = (load.counts[name] for name in ("lines", "events", "quarantined"))
        erased = erased_by_hour.get(load.archive_hour, 0)
        if lines != events + quarantined + erased:
            chosen = f" + {erased} erased" if erased else ""
            message = f"{lines} lines, {events} events + {quarantined} quarantined{chosen}"
            yield Difference(load.archive_hour, "loads", message)
    for load, note in evidence.pairs():
        held = read_quarantine(evidence.settings.lake, note, None).filter(pl.col("reason") != "bad_file").height
        if held != load.counts["quarantined"]:
            message = f"{held} lines in the lake's quarantine, {load.counts['quarantined']} in loads"
            yield Difference(load.archive_hour, "quarantine", message)


def events_add_up(evidence: Evidence) -> Iterator[Difference]:
    """events = distinct (type, id) of the lake's hour + duplicates."""
    for load, note in evidence.pairs():
        distinct = _lake_ids(evidence, note).select(pl.struct("type", "id").n_unique()).collect().item()
        events, duplicates = load.counts["events"], load.counts["duplicates"]
        if events != distinct + duplicates:
            message = f"{events} events, {distinct} distinct ids in the lake + {duplicates} duplicates"
            yield Difference(load.archive_hour, "loads", message)


def lake_is_distinct(evidence: Evidence) -> Iterator[Difference]:
    """Events in the lake = distinct ids = the count in the hour's note."""
    for load, note in evidence.pairs():
        rows, distinct = (
            _lake_ids(evidence, note).select(pl.len(), pl.struct("type", "id").n_unique().alias("ids")).collect().row(0)
        )
        if not rows == distinct == note.counts.distinct:
            message = f"{rows} rows, {distinct} distinct ids, {note.counts.distinct} in the hour's note"
            yield Difference(load.archive_hour, "lake events", message)


def staged_add_up(evidence: Evidence) -> Iterator[Difference]:
    """staged = inserted + updated + ignored over all event tables, and so do the load's `arrivals`."""
    for load in unbalanced_loads(evidence.session, evidence.source.name, evidence.hours):
        counts = ", ".join(f"{name} {value}" for name, value in asdict(load).items() if name != "archive_hour")
        yield Difference(load.archive_hour, "loads", counts)


def rows_are_distinct(evidence: Evidence) -> Iterator[Difference]:
    """Rows of a table = distinct ids; an hour's rows in a home table + its losing copies (+ the rows
    that `retain_days` dropped since its load, and the events that settings and contracts leave out) = its ids in the
    lake."""
    schema = evidence.source.schema
    for table in _tables(evidence):
        for repeated in repeated_ids(evidence.session, schema, table, evidence.hours):
            yield Difference(repeated.archive_hour, table, f"id {repeated.id!r} occurs {repeated.held} times")
    lake = {load.archive_hour: _ids_by_type(evidence, note) for load, note in evidence.pairs()}
    for kind, table in HOME_TABLES.items():
        yield from _missing_rows(evidence, kind, table, {hour: counts.get(kind, 0) for hour, counts in lake.items()})


def arrivals_add_up(evidence: Evidence) -> Iterator[Difference]:
    """Sums of `arrivals` = rows per (table, event hour), for every event hour that the archive hours touched."""
    existing = set(_tables(evidence))
    for table in arrived_tables(evidence.session, evidence.source.schema):
        if table.table_name in existing:
            yield from _different_event_hours(evidence, table.table_name)
        elif table.arrived:
            message = f"{table.arrived} rows arrived, the table does not exist"
            yield Difference(table.archive_hour, table.table_name, message)


IDENTITIES: Final[Mapping[str, Identity]] = {
    function.__name__: function
    for function in (
        lines_add_up, events_add_up, lake_is_distinct, staged_add_up, rows_are_distinct, arrivals_add_up,
    )
}  # fmt: skip


def find_differences(
    settings: Settings, source: Source, names: Iterable[str], hours: Iterable[datetime] | None
) -> dict[str, list[Difference]]:
    """Return the differences of each named identity in these archive hours, as far as they are loaded; None: in all."""
    with open_ledger(settings) as session:
        if session is None:
            return {name: [] for name in names}
        wanted = None if hours is None else set(hours)
        bounds = (min(wanted), max(wanted)) if wanted else (None, None)
        known = loaded_hours(session, source.name, start=bounds[0], end=bounds[1])
        loads = {hour: load for hour, load in known.items() if wanted is None or hour in wanted}
        notes = {hour: note for hour in loads if (note := read_note(settings.lake, source.name, hour)) is not None}
        evidence = Evidence(settings, source, session, loads, notes)
        return {name: list(IDENTITIES[name](evidence)) if loads else [] for name in names}


def parse_hours(differences: Iterable[Difference]) -> list[str]:
    """Return the archive hours of the differences as text, without repetitions."""
    return sorted({f"{difference.archive_hour.strftime(HOUR_FORMAT)}" for difference in differences})


def _different_event_hours(evidence: Evidence, table: str) -> Iterator[Difference]:
    source = evidence.source
    for hour in unequal_hours(evidence.session, source.name, source.schema, table, evidence.hours):
        event_hour = f"{hour.event_hour:{HOUR_FORMAT}}"
        message = f"event hour {event_hour} has {hour.held} rows, arrivals sum to {hour.arrived}"
        yield Difference(hour.archive_hour, table, message)


def _missing_rows(evidence: Evidence, kind: str, table: str, expected: Mapping[datetime, int]) -> Iterator[Difference]:
    session, source, schema, hours = evidence.session, evidence.source.name, evidence.source.schema, list(expected)
    found: dict[datetime, tuple[int, int]] = {}
    if hours and table in read_layout(session, schema):
        rows = hour_rows(session, source, schema, table, kind, hours)
        found = {row.archive_hour: (row.won, row.lost) for row in rows}
    dropped = dropped_ids(session, source, schema, kind, hours)
    excluded = excluded_ids(session, source, kind, hours)
    quarantined = quarantined_ids(session, source, kind, hours)
    for hour, ids in expected.items():
        won, lost = found.get(hour, (0, 0))
        retired, left_out, refused = dropped.get(hour, 0), excluded.get(hour, 0), quarantined.get(hour, 0)
        if ids != won + lost + retired + left_out + refused:
            removed = f", {retired} dropped by retention," if retired else ""
            chosen = f", {left_out} left out by the settings," if left_out else ""
            chosen += f", {refused} quarantined by a contract," if refused else ""
            message = f"{won} rows and {lost} losing copies{removed}{chosen} of {ids} distinct ids in the lake"
            yield Difference(hour, table, message)


def _lake_ids(evidence: Evidence, note: HourNote) -> pl.LazyFrame:
    return scan_hour(evidence.settings.lake, note).select("type", "id")


def _ids_by_type(evidence: Evidence, note: HourNote) -> dict[str, int]:
    counted = _lake_ids(evidence, note).group_by("type").agg(pl.len()).collect()
    return dict(counted.iter_rows())


def _tables(evidence: Evidence) -> list[str]:
    existing = read_layout(evidence.session, evidence.source.schema)
    arrived = arrived_tables(evidence.session, evidence.source.schema)
    return [table.table_name for table in arrived if table.table_name in existing]
