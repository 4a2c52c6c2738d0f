"""The counts that must add up (contract §9), recomputed from lake and warehouse; a difference names hour and table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import polars as pl
from sqlalchemy import inspect

from event_assets.config.settings import HOUR_FORMAT, Settings
from event_assets.config.source import Source
from event_assets.discovery.pending import LoadedHour
from event_assets.discovery.survey import Question, as_utc, ask, loaded_hours, reading, table_names
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.read import read_note, read_quarantine, scan_hour
from loaders.connection.session import Session
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
    """What an identity is recomputed from: some loaded hours of a source, their notes, and the open warehouse."""

    settings: Settings
    source: Source
    session: Session
    loads: Mapping[datetime, LoadedHour]
    notes: Mapping[datetime, HourNote]

    @property
    def hours(self) -> list[datetime]:
        return list(self.loads)

    def pairs(self) -> Iterator[tuple[LoadedHour, HourNote]]:
        """Loads and the notes they were made from; an hour that was normalized anew since waits for its load."""
        for hour, load in self.loads.items():
            note = self.notes.get(hour)
            if note is not None and note.manifest_hash == load.manifest_hash:
                yield load, note


_Why = Literal["dropped", "excluded"]
Identity = Callable[[Evidence], Iterator[Difference]]


def lines_add_up(evidence: Evidence) -> Iterator[Difference]:
    """lines = events + quarantined; the quarantine's Parquet holds as many lines (bad files are counted apart)."""
    for load in evidence.loads.values():
        lines, events, quarantined = (load.counts[name] for name in ("lines", "events", "quarantined"))
        if lines != events + quarantined:
            yield Difference(load.archive_hour, "loads", f"{lines} lines, {events} events + {quarantined} quarantined")
    for load, note in evidence.pairs():
        held = read_quarantine(evidence.settings.lake, note, None).filter(pl.col("reason") != "bad_file").height
        if held != load.counts["quarantined"]:
            told = f"{held} lines in the lake's quarantine, {load.counts['quarantined']} in loads"
            yield Difference(load.archive_hour, "quarantine", told)


def events_add_up(evidence: Evidence) -> Iterator[Difference]:
    """events = distinct (type, id) of the lake's hour + duplicates."""
    for load, note in evidence.pairs():
        distinct = _lake_ids(evidence, note).select(pl.struct("type", "id").n_unique()).collect().item()
        events, duplicates = load.counts["events"], load.counts["duplicates"]
        if events != distinct + duplicates:
            told = f"{events} events, {distinct} distinct ids in the lake + {duplicates} duplicates"
            yield Difference(load.archive_hour, "loads", told)


def lake_is_distinct(evidence: Evidence) -> Iterator[Difference]:
    """Events in the lake = distinct ids, and as many as the hour's note says."""
    for load, note in evidence.pairs():
        rows, distinct = (
            _lake_ids(evidence, note).select(pl.len(), pl.struct("type", "id").n_unique().alias("ids")).collect().row(0)
        )
        if not rows == distinct == note.counts.distinct:
            told = f"{rows} rows, {distinct} distinct ids, {note.counts.distinct} in the hour's note"
            yield Difference(load.archive_hour, "lake events", told)


def staged_add_up(evidence: Evidence) -> Iterator[Difference]:
    """staged = inserted + updated + ignored over all event tables, and the load's `arrivals` say the same."""
    values = {"source": evidence.source.name, "hours": evidence.hours}
    for row in ask(evidence.session, Question("queries/checks/staged_rows", values)):
        told = ", ".join(f"{name} {value}" for name, value in row.items() if name != "archive_hour")
        yield Difference(as_utc(row["archive_hour"]), "loads", told)


def rows_are_distinct(evidence: Evidence) -> Iterator[Difference]:
    """Rows of a table = distinct ids; an hour's rows in a home table + its losing copies (+ what
    `retain_days` dropped since it was loaded, and what the settings leave out) = its ids in the lake."""
    schema = evidence.source.schema
    for table in _tables(evidence):
        for row in ask(
            evidence.session, Question("queries/checks/repeated_ids", {"hours": evidence.hours}, (schema, table))
        ):
            told = f"id {row['id']!r} stands there {row['held']} times"
            yield Difference(as_utc(row["archive_hour"]), table, told)
    lake = {load.archive_hour: _ids_by_type(evidence, note) for load, note in evidence.pairs()}
    for kind, table in HOME_TABLES.items():
        yield from _missing_rows(evidence, kind, table, {hour: counts.get(kind, 0) for hour, counts in lake.items()})


def arrivals_add_up(evidence: Evidence) -> Iterator[Difference]:
    """Sums of `arrivals` = rows per (table, event hour), for every event hour that the archive hours touched."""
    existing = set(_tables(evidence))
    for row in ask(evidence.session, Question("queries/checks/arrived_tables", {"schema": evidence.source.schema})):
        if row["table_name"] in existing:
            yield from _different_event_hours(evidence, row["table_name"])
        elif row["arrived"]:
            told = f"{row['arrived']} rows arrived, the table is gone"
            yield Difference(as_utc(row["archive_hour"]), row["table_name"], told)


IDENTITIES: Final[Mapping[str, Identity]] = {
    function.__name__: function
    for function in (
        lines_add_up, events_add_up, lake_is_distinct, staged_add_up, rows_are_distinct, arrivals_add_up,
    )
}  # fmt: skip


def find_differences(
    settings: Settings, source: Source, names: Iterable[str], hours: Iterable[datetime] | None
) -> dict[str, list[Difference]]:
    """The differences of each named identity over the loaded ones of these archive hours; None asks for all."""
    with reading(settings) as session:
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
    """The hours that are named, as text, each once."""
    return sorted({f"{difference.archive_hour.strftime(HOUR_FORMAT)}" for difference in differences})


def _different_event_hours(evidence: Evidence, table: str) -> Iterator[Difference]:
    schema = evidence.source.schema
    values = {"schema": schema, "table": table, "source": evidence.source.name, "hours": evidence.hours}
    for row in ask(evidence.session, Question("queries/checks/arrived_rows", values, (schema, table))):
        event_hour = f"{as_utc(row['event_hour']):{HOUR_FORMAT}}"
        told = f"event hour {event_hour} has {row['held']} rows, arrivals sum to {row['arrived']}"
        yield Difference(as_utc(row["archive_hour"]), table, told)


def _missing_rows(evidence: Evidence, kind: str, table: str, expected: Mapping[datetime, int]) -> Iterator[Difference]:
    schema, hours = evidence.source.schema, list(expected)
    found: dict[datetime, tuple[int, int]] = {}
    if hours and table in table_names(evidence.session, schema):
        values = {"schema": schema, "source": evidence.source.name, "type": kind, "hours": hours}
        for row in ask(evidence.session, Question("queries/checks/hour_rows", values, (schema, table))):
            found[as_utc(row["archive_hour"])] = int(row["won"]), int(row["lost"])
    dropped = _hour_counts(evidence, "dropped", kind, hours)
    excluded = _hour_counts(evidence, "excluded", kind, hours)
    for hour, ids in expected.items():
        won, lost = found.get(hour, (0, 0))
        gone, left_out = dropped.get(hour, 0), excluded.get(hour, 0)
        if ids != won + lost + gone + left_out:
            retired = f", {gone} dropped by retention," if gone else ""
            chosen = f", {left_out} left out by the settings," if left_out else ""
            told = f"{won} rows and {lost} losing copies{retired}{chosen} of {ids} distinct ids in the lake"
            yield Difference(hour, table, told)


def _hour_counts(evidence: Evidence, why: _Why, kind: str, hours: list[datetime]) -> dict[datetime, int]:
    """Ids of hours that are not in the tables: what `retain_days` has taken out since the hour was loaded, or what the
    settings leave out. None in a warehouse of before there was such a thing."""
    if not hours or not inspect(evidence.session.connection).has_table(why, schema="tideline"):
        return {}
    values = {"source": evidence.source.name, "type": kind, "hours": hours}
    if why == "dropped":
        rows = ask(
            evidence.session, Question("queries/checks/dropped_rows", {"schema": evidence.source.schema, **values})
        )
    else:
        rows = ask(evidence.session, Question("queries/checks/excluded_events", values))
    return {as_utc(row["archive_hour"]): int(row[why]) for row in rows}


def _lake_ids(evidence: Evidence, note: HourNote) -> pl.LazyFrame:
    return scan_hour(evidence.settings.lake, note).select("type", "id")


def _ids_by_type(evidence: Evidence, note: HourNote) -> dict[str, int]:
    counted = _lake_ids(evidence, note).group_by("type").agg(pl.len()).collect()
    return dict(counted.iter_rows())


def _tables(evidence: Evidence) -> list[str]:
    rows = ask(evidence.session, Question("queries/checks/arrived_tables", {"schema": evidence.source.schema}))
    existing = set(table_names(evidence.session, evidence.source.schema))
    return [row["table_name"] for row in rows if row["table_name"] in existing]
