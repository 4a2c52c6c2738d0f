"""Audit: loaded hours are derived again and compared with lake and warehouse, value by value; nothing is written."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from event_assets.archive.errors import ArchiveError, TransientArchiveError
from event_assets.archive.manifest import Manifest
from event_assets.archive.source import AUTO
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger, open_warehouse
from event_assets.discovery.pending import LoadedHour
from event_assets.discovery.survey import loaded_hours
from event_assets.lake.config_hash import hash_config
from event_assets.lake.errors import DamagedHour, LakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.tombstones import is_retired
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.audit.derive import compare_lakes, derive_hour, read_all
from event_assets.pipeline.audit.draw import Draw
from event_assets.pipeline.hour import hour_of_note
from event_assets.pipeline.recovery.repair import LakeReader, list_hour
from loaders.interface.errors import WarehouseError
from loaders.interface.hour import Hour
from loaders.interface.words import counted
from loaders.process.temporary import temporary_folder
from loaders.queries.auditing.rows import audit_rows, count_rows

Derived = Literal["archive", "lake", "nothing"]
"""What an hour was compared with: all of it with the archive, the warehouse with the lake alone, or nothing."""


@dataclass(frozen=True)
class AuditFinding:
    """Something that is not as it was derived: in the `lake`, in the `warehouse`, or the `settings` of the load."""

    where: Literal["lake", "warehouse", "settings"]
    message: str


@dataclass(frozen=True)
class AuditedHour:
    """The audit of one hour. `rows` of event tables were compared; `note` is why less was compared than could be."""

    source: str
    archive_hour: datetime
    derived: Derived
    rows: int = 0
    findings: tuple[AuditFinding, ...] = ()
    note: str = ""
    error: str | None = None


def audit(settings: Settings, draw: Draw) -> Iterator[AuditedHour]:
    """Yield the audit of every drawn hour of every source, in order; an hour that cannot be read is a result.

    Raises WarehouseError where the ledger cannot be read.
    """
    for source in settings.sources.values():
        with open_ledger(settings) as session:
            loads = {} if session is None else loaded_hours(session, source.name, start=draw.start, end=draw.end)
            drawn = draw_hours(sorted(loads), draw)
            counted = {} if session is None else count_rows(session, source.schema, drawn)
        for hour in drawn:
            try:
                yield _audit_hour(settings, source, loads[hour], counted[hour])
            except (ArchiveError, LakeError, WarehouseError, OSError) as error:
                yield AuditedHour(source.name, hour, "nothing", error=str(error) or type(error).__name__)


def draw_hours(hours: Sequence[datetime], draw: Draw) -> list[datetime]:
    """Return the drawn hours, in order: every hour has the same chance."""
    if draw.hours is None or draw.hours >= len(hours):
        return list(hours)
    return sorted(random.Random(draw.seed).sample(hours, draw.hours))  # noqa: S311  a sample, not a secret


@dataclass(frozen=True)
class _Subject:
    """A loaded hour, its note in the lake, and its files in the archive; the source has the layout that they have."""

    settings: Settings
    source: Source
    load: LoadedHour
    note: HourNote
    manifest: Manifest | None
    """The hour in the archive; None where the archive cannot be read, for the reason `unread`."""
    unread: str = ""

    @property
    def hour(self) -> datetime:
        return self.load.archive_hour

    def as_loaded(self) -> Hour:
        """Return the hour for the loader, read without a repair: that would write."""
        return hour_of_note(LakeReader(self.settings, self.source), self.note)


def _audit_hour(settings: Settings, source: Source, load: LoadedHour, counted: Mapping[str, int]) -> AuditedHour:
    hour = load.archive_hour

    def result(derived: Derived, rows: int, findings: Sequence[AuditFinding], note: str = "") -> AuditedHour:
        return AuditedHour(source.name, hour, derived, rows, tuple(findings), note)

    try:
        note = read_note(settings.lake, source.name, hour)
    except DamagedHour as damage:
        return result("nothing", 0, [AuditFinding("lake", str(damage))])
    if note is None and is_retired(settings.lake, source.name, hour):
        return result("nothing", 0, (), "the hour has left the lake for its age")
    if note is None:
        return result("nothing", 0, [AuditFinding("lake", "the hour is missing from the lake")])
    if note.manifest_hash != load.manifest_hash:
        return result("nothing", 0, (), "the lake has other files of the hour: its load is pending")
    subject = _find_subject(settings, source, load, note)
    with temporary_folder() as folder:
        try:
            derived, why, findings = _audit_lake(subject, folder / "derived")
        except DamagedHour as damage:
            return result("nothing", 0, [*_other_settings(subject), AuditFinding("lake", str(damage))])
        findings = [*_other_settings(subject), *findings]
        if not _is_selected_alike(subject):
            return result(derived, 0, findings, why)
        rows, different = _audit_warehouse(subject, counted, folder)
    return result(derived, rows, [*findings, *different], why)


def _find_subject(settings: Settings, source: Source, load: LoadedHour, note: HourNote) -> _Subject:
    try:
        found, manifest = list_hour(source, load.archive_hour, note)
    except TransientArchiveError:
        raise
    except (ArchiveError, OSError) as error:
        return _Subject(settings, source, load, note, None, f"the archive cannot be read: {error}")
    return _Subject(settings, found, load, note, manifest)


def _other_settings(subject: _Subject) -> list[AuditFinding]:
    """Return the finding of an hour that was loaded by other settings than those of today."""
    source = subject.source
    if subject.load.config_hash == source.hash_loads(hash_config(source)) or source.layout == AUTO:
        return []
    return [AuditFinding("settings", "the hour was loaded by other settings: run tideline load --reload for it")]


def _is_selected_alike(subject: _Subject) -> bool:
    """Return whether the rows of the load were chosen from the lake's events as they would be today."""
    return subject.as_loaded().config_hash == subject.load.config_hash


def _audit_lake(subject: _Subject, folder: Path) -> tuple[Derived, str, list[AuditFinding]]:
    """Compare the hour with the archive, where that has its files. Raises DamagedHour."""
    why = _why_underived(subject)
    if why or subject.manifest is None:
        read_all(subject.settings.lake, subject.note)
        return "lake", why, []
    folder.mkdir()
    derived, note = derive_hour(subject.settings, subject.source, subject.manifest, folder)
    found = compare_lakes(subject.settings.lake, subject.note, derived, note)
    return "archive", "", [AuditFinding("lake", message) for message in found]


def _why_underived(subject: _Subject) -> str:
    """Return why the hour cannot be derived from the archive; empty where it can."""
    manifest, note = subject.manifest, subject.note
    if manifest is None:
        return subject.unread
    if manifest.vanished:
        missing = counted(len(manifest.vanished), "file of the hour is", "files of the hour are")
        return f"{missing} missing from the archive"
    if manifest.hash != note.manifest_hash:
        return "the archive has other files of the hour: it is pending"
    return "" if note.config_hash == hash_config(subject.source) else "the hour was written by other settings"


def _audit_warehouse(subject: _Subject, counted: Mapping[str, int], folder: Path) -> tuple[int, list[AuditFinding]]:
    settings = subject.settings
    counts = {name: value for name, value in subject.as_loaded().counts.items() if name in subject.load.counts}
    findings = [
        AuditFinding("warehouse", f"loads: {name} is {subject.load.counts[name]}, {value} in the lake")
        for name, value in counts.items()
        if subject.load.counts[name] != value
    ]
    audited = audit_rows(
        open_warehouse(settings),
        subject.as_loaded(),
        counted,
        budgets=settings.budgets,
        limits=settings.memory.limits,
        folder=folder / "rows",
    )
    found = [AuditFinding("warehouse", f"{one.table}: {one.message}") for one in audited.differences]
    return audited.compared, [*findings, *found]
