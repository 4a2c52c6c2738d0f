"""The archive hours that hold erased persons: by the warehouse, and by ids of the lake where it holds more.

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.discovery.pending import LoadedHour
from event_assets.discovery.survey import loaded_hours
from event_assets.events.masking.frames import hides_persons
from event_assets.lake.erasure.erase_hour import holds_erased_events, holds_erased_lines
from event_assets.lake.erasure.quarantined_ids import holds_erased
from event_assets.lake.erasure.suppression import Suppression
from event_assets.lake.errors import DamagedHour
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.listed_notes import ListedNotes
from loaders.connection.session import Session
from loaders.ledger.loads import last_instant
from loaders.queries.contract import quarantining_hours
from loaders.queries.erasures import erased_hours
from loaders.queries.ledger import has_ledger_table
from loaders.rewrite.forget import Persons, Searched, count_rows, distinct_ids, find_hours, searching
from loaders.rewrite.retain import Owner
from loaders.rewrite.unseen import KeptLine, Unseen, kept_lines, unseen_hours


@dataclass(frozen=True)
class Found:
    """Where a source holds erased persons."""

    listed: ListedNotes
    """Every hour of the lake."""
    loads: Mapping[datetime, LoadedHour]
    """Every hour of the warehouse."""
    in_warehouse: frozenset[datetime]
    in_lake: frozenset[datetime]
    behind: frozenset[datetime]
    """Loaded hours from which the lake has erased more than the warehouse."""
    persons: Persons
    """The ids of the tables that are erased."""
    lines: tuple[KeptLine, ...]
    """Quarantined lines of hours that have left the lake."""
    rows: Mapping[str, int]
    """Rows of the warehouse by event table."""
    last: datetime | None
    """The latest instant of a load before the search."""

    @property
    def notes(self) -> Mapping[datetime, HourNote]:
        """The note of every hour of the lake."""
        return self.listed.notes

    @property
    def holding(self) -> tuple[datetime, ...]:
        """The hours that hold them, in order."""
        kept = {line.archive_hour for line in self.lines}
        return tuple(sorted(self.in_warehouse | self.in_lake | kept))

    @property
    def hours(self) -> tuple[datetime, ...]:
        """The hours that the erasure changes, in order."""
        return tuple(sorted({*self.holding, *self.behind}))

    @property
    def clean(self) -> Mapping[datetime, HourNote]:
        """The hours of the lake that do not hold them."""
        return {hour: note for hour, note in self.notes.items() if hour not in self.in_lake}

    @property
    def outside_lake(self) -> frozenset[datetime]:
        """Hours whose rows only the warehouse has."""
        return frozenset(self.in_warehouse - self.notes.keys())


def find_persons(
    settings: Settings,
    source: Source,
    suppression: Suppression,
    persons: Persons | None,
    *,
    before: Found | None = None,
) -> Found:
    """Return where a source holds what the suppression leaves out; `persons` are its ids, where they are known.

    Without them every distinct id of the warehouse is hashed. Of the lake, hours are read that the warehouse holds only
    in part or not at all: of their events only the ids, and the quarantined lines where the warehouse has not all.
    Hours that did not hold them `before` and are as they were are not read, and of the tables only what was written
    since, and the hours that held them.
    """
    listed = (before.listed if before else ListedNotes()).read_again(settings.lake, source.name)
    notes = listed.notes
    with searching(open_warehouse(settings)) as session:
        if session is None:
            known, loads, hours, rows, unseen, erased = Persons(), {}, set[datetime](), {}, Unseen.of(notes), {}
            last = None
            lines: tuple[KeptLine, ...] = ()
        else:
            last = last_instant(session)
            searched = Searched(before.last, before.hours) if before is not None and before.last else None
            known = persons or _erased_ids(session, source, suppression)
            loads = loaded_hours(session, source.name)
            hours = find_hours(session, source.schema, known, searched)
            rows = count_rows(session, source.schema, known, hours)
            unseen = _find_unseen(session, source, notes)
            erased = erased_hours(session, source.name)
            kept = kept_lines(session, source.name, loads.keys())
            lines = tuple(line for line, raw in kept if holds_erased(raw, suppression))
    quarantined = {line.archive_hour for line in lines}
    seen = {hour for hour, note in (before.clean if before else {}).items() if notes.get(hour) == note}
    in_lake = {
        hour
        for hour, note in notes.items()
        if hour in hours
        or hour in quarantined
        or (hour not in seen and _holds(settings, note, loads.get(hour), unseen, suppression))
    }
    behind = {hour for hour in notes.keys() & loads if notes[hour].counts.erased != erased.get(hour, 0)}
    outside = tuple(line for line in lines if line.archive_hour not in notes)
    return Found(listed, loads, frozenset(hours), frozenset(in_lake), frozenset(behind), known, outside, rows, last)


def _erased_ids(session: Session, source: Source, suppression: Suppression) -> Persons:
    wanted = {"persons": bool(suppression.persons), "events": bool(suppression.events)}
    return erased_among(distinct_ids(session, source.schema, **wanted), suppression)


def _find_unseen(session: Session, source: Source, hours: Collection[datetime]) -> Unseen:
    """Return of which hours the lake holds more than the warehouse; all of them where the warehouse cannot tell."""
    complete = all(has_ledger_table(session, table) for table in ("excluded", "dropped", "copies"))
    if not complete or hides_persons(source.masking):
        return Unseen.of(hours)
    found = unseen_hours(session, Owner(source.name, source.schema))
    events = found.events.union(quarantining_hours(session, source.name))
    lines = frozenset(hours) if source.masking else found.lines  # the warehouse has its lines masked
    return Unseen(events, lines)


def erased_among(ids: Persons, suppression: Suppression) -> Persons:
    """Return those of the ids that are erased."""
    return Persons(frozenset(suppression.persons_among(ids.persons)), frozenset(suppression.events_among(ids.events)))


def _is_loaded(note: HourNote, load: LoadedHour | None) -> bool:
    return load is not None and load.manifest_hash == note.manifest_hash


def _holds(
    settings: Settings, note: HourNote, load: LoadedHour | None, unseen: Unseen, suppression: Suppression
) -> bool:
    """Return whether the lake holds them where the event tables do not; a damaged hour is written again in any case."""
    loaded, lake = _is_loaded(note, load), settings.lake
    try:
        if (not loaded or note.archive_hour in unseen.events) and holds_erased_events(lake, note, suppression):
            return True
        return (not loaded or note.archive_hour in unseen.lines) and holds_erased_lines(lake, note, suppression)
    except DamagedHour:
        return True
