"""The archive hours that hold erased persons: by the warehouse, and by ids of the lake where it holds more.

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.discovery.pending import LoadedHour
from event_assets.discovery.survey import loaded_hours
from event_assets.lake.erasure.erase_hour import holds_erased_rows
from event_assets.lake.erasure.suppression import Suppression
from event_assets.lake.errors import DamagedHour
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.read import list_notes
from loaders.queries.erasures import erased_hours
from loaders.queries.ledger import has_ledger_table
from loaders.rewrite.forget import Persons, count_rows, distinct_ids, find_hours, searching, unseen_hours
from loaders.rewrite.retain import Owner


@dataclass(frozen=True)
class Found:
    """Where a source holds erased persons."""

    notes: Mapping[datetime, HourNote]
    """Every hour of the lake."""
    loads: Mapping[datetime, LoadedHour]
    """Every hour of the warehouse."""
    in_warehouse: frozenset[datetime]
    in_lake: frozenset[datetime]
    behind: frozenset[datetime]
    """Loaded hours from which the lake has erased more than the warehouse."""
    persons: Persons
    """The ids of the tables that are erased."""
    rows: Mapping[str, int]
    """Rows of the warehouse by event table."""

    @property
    def hours(self) -> tuple[datetime, ...]:
        """All of them, in order."""
        return tuple(sorted(self.in_warehouse | self.in_lake | self.behind))

    @property
    def outside_lake(self) -> frozenset[datetime]:
        """Hours whose rows only the warehouse has."""
        return frozenset(self.in_warehouse - self.notes.keys())


def find_persons(settings: Settings, source: Source, suppression: Suppression, persons: Persons | None) -> Found:
    """Return where a source holds what the suppression leaves out; `persons` are its ids, where they are known.

    Without them every distinct id of the warehouse is hashed. Of the lake, hours are read that the warehouse holds
    only in part or not at all: of their events only the ids, of their quarantine all lines.
    """
    notes = {note.archive_hour.astimezone(UTC): note for note in list_notes(settings.lake, source.name)}
    with searching(open_warehouse(settings)) as session:
        if session is None:
            known, loads, hours, rows, unseen, erased = Persons(), {}, set[datetime](), {}, set(notes), {}
        else:
            known = persons or erased_among(
                distinct_ids(
                    session, source.schema, persons=bool(suppression.persons), events=bool(suppression.events)
                ),
                suppression,
            )
            loads = loaded_hours(session, source.name)
            hours = find_hours(session, source.schema, known)
            rows = count_rows(session, source.schema, known)
            complete = all(has_ledger_table(session, table) for table in ("excluded", "dropped", "copies"))
            unseen = unseen_hours(session, Owner(source.name, source.schema)) if complete else set(notes)
            erased = erased_hours(session, source.name)
    suspects = {hour for hour, note in notes.items() if hour in unseen or not _is_loaded(note, loads.get(hour))}
    in_lake = {
        hour for hour in notes if hour in hours or (hour in suspects and _holds(settings, notes[hour], suppression))
    }
    behind = {hour for hour in notes.keys() & loads if notes[hour].counts.erased != erased.get(hour, 0)}
    return Found(notes, loads, frozenset(hours), frozenset(in_lake), frozenset(behind), known, rows)


def erased_among(ids: Persons, suppression: Suppression) -> Persons:
    """Return those of the ids that are erased."""
    return Persons(frozenset(suppression.persons_among(ids.persons)), frozenset(suppression.events_among(ids.events)))


def _is_loaded(note: HourNote, load: LoadedHour | None) -> bool:
    return load is not None and load.manifest_hash == note.manifest_hash


def _holds(settings: Settings, note: HourNote, suppression: Suppression) -> bool:
    """Return whether an hour of the lake holds them; a damaged one is written again in any case."""
    try:
        return holds_erased_rows(settings.lake, note, suppression)
    except DamagedHour:
        return True
