"""Hours that the lake has lost, or that are damaged in it, are written again from the archive (ADR 0028)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

import polars as pl

from event_assets.archive.errors import ArchiveError, TransientArchiveError
from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import ArchiveFile, Manifest, carry_vanished
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.discovery.survey import loaded_hours
from event_assets.lake.config_hash import hash_config
from event_assets.lake.errors import DamagedDay, DamagedHour, LakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.tombstones import is_retired
from event_assets.lake.packs import extents_of_files, forget_packs, packs_path
from event_assets.lake.paths import format_hour
from event_assets.lake.reading.masked import MaskedLake
from event_assets.lake.reading.read import list_notes, read_note
from event_assets.lake.reading.verified import KINDS, is_sound, verify_extents
from event_assets.lake.store import Lake
from event_assets.pipeline.normalize import write_hour
from loaders.interface.words import counted


@dataclass(frozen=True)
class LakeReader:
    """Reads hours of one source for a load; an hour that is damaged or missing is repaired from the archive first."""

    settings: Settings
    source: Source
    _missed: dict[datetime, set[str]] = field(default_factory=dict)
    _repaired: list[str] = field(default_factory=list)
    _loaded: dict[datetime, str] = field(default_factory=dict)

    @property
    def _lake(self) -> Lake:
        return self.settings.lake

    @property
    def masked(self) -> MaskedLake:
        """The source's hours as the warehouse may have them."""
        return MaskedLake(self._lake, self.source.name, self.source.masking, self.source.selection)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A line for each hour that was repaired, and for each whose events could not be read again."""
        return (*self._repaired, *(_warn_missed(hour, ids) for hour, ids in sorted(self._missed.items())))

    def read_note(self, hour: datetime) -> HourNote | None:
        """Return the hour's note, or None where the lake has no such hour. Raises DamagedHour."""
        return read_note(self._lake, self.source.name, hour)

    def expect(self, loaded: Mapping[datetime, str | None], files: Callable[[datetime], frozenset[str]]) -> None:
        """Repair those of the hours that the lake has lost, or has in an older state than the warehouse.

        `loaded` has the manifest hash of the newest load of each hour, as far as the ledger knows one; `files` returns
        the files of that load. A lost hour that has got more files since is written with them. An hour that has
        left the lake for its age is not lost; one that is newer in the lake waits for its load. Raises LakeError where
        an hour cannot be repaired.
        """
        for hour, manifest_hash in loaded.items():
            if manifest_hash is not None:
                self._loaded[hour] = manifest_hash
            try:
                note = self.read_note(hour)
            except DamagedHour as damage:
                self.repair(damage)
                continue
            if note is None and not is_retired(self._lake, self.source.name, hour):
                self.repair(DamagedHour(f"{format_hour(hour)} is missing from the lake", hour), files)
            elif note is not None and manifest_hash not in (None, note.manifest_hash) and not self._is_newest(note):
                self.repair(DamagedHour(f"{format_hour(hour)} is older in the lake than in the warehouse", hour))

    def lookup(self, hour: datetime, keys: pl.DataFrame) -> pl.DataFrame:
        """Return the hour's events whose (type, id) is among `keys`, masked; none where the lake has no such hour."""
        try:
            found = self.masked.lookup(hour, keys)
        except DamagedHour as damage:
            self.repair(damage)
            found = self.masked.lookup(hour, keys)
        if found.height < keys.height and is_retired(self._lake, self.source.name, hour):
            self._missed.setdefault(hour, set()).update(keys["id"])
        return found

    def repair(self, damage: DamagedHour, files: Callable[[datetime], frozenset[str]] | None = None) -> None:
        """Repair what is damaged. Raises LakeError where the archive no longer has what was loaded."""
        if isinstance(damage, DamagedDay):
            repair_day(self.settings, self.source, damage)
        elif damage.hour is None:
            raise damage
        else:
            repair_hour(self.settings, self.source, damage, loaded=self._loaded.get(damage.hour), files=files)
        cause = str(damage).partition(": load the hour")[0]
        self._repaired.append(f"{cause}, and was written again from the archive")

    def _is_newest(self, note: HourNote) -> bool:
        """Return whether the hour in the lake has the files that the archive has now."""
        hour = note.archive_hour.astimezone(UTC)
        return list_hour(self.source, hour, note)[1].hash == note.manifest_hash


def read_or_repair(settings: Settings, source: Source, hour: datetime) -> HourNote | None:
    """Return the hour's note, or None where the lake has no such hour; a damaged one is written again."""
    try:
        return read_note(settings.lake, source.name, hour)
    except DamagedHour as damage:
        repair_hour(settings, source, damage)
        return read_note(settings.lake, source.name, hour)


def repair_hour(
    settings: Settings,
    source: Source,
    damage: DamagedHour,
    *,
    loaded: str | None = None,
    files: Callable[[datetime], frozenset[str]] | None = None,
) -> None:
    """Write the hour of the damage again from the archive; rows of vanished files stay where the hour is sound but old.

    `loaded` is the manifest hash of its newest load. With `files`, which returns the files of that load, an hour that
    has more files now is written with them: it is pending, and its own load follows. Raises LakeError where the archive
    does not have the same files otherwise, or the configuration is another one than that of the hour in the lake.
    """
    if damage.hour is None:
        raise damage
    try:
        note = read_note(settings.lake, source.name, damage.hour)
    except DamagedHour:
        note = None
    found, manifest = list_hour(source, damage.hour, note)
    expected = loaded or (note.manifest_hash if note else manifest.hash)
    same_settings = note is None or note.config_hash == hash_config(found)
    carried = note if note is not None and manifest.vanished and is_sound(settings.lake, note) else None
    changed = manifest.hash != expected
    if changed and note is None and files is not None:
        loaded_files = files(damage.hour)
        changed = not loaded_files or not loaded_files <= {file.key for file in manifest.files}
    if (manifest.vanished and carried is None) or changed or not same_settings:
        raise _unrepairable(damage, manifest, same_settings=same_settings)
    write_hour(settings, found, manifest, carried)
    forget_packs(settings.lake, source.name, damage.hour)


def repair_day(settings: Settings, source: Source, damage: DamagedDay) -> None:
    """Write the hours of a day whose record of packs is damaged again from the archive, then remove the record.

    An hour whose own files are still sound is left alone. Raises LakeError where one cannot be repaired: the record
    stays, so that no pack is removed.
    """
    if damage.day is None:
        raise damage
    start = datetime.combine(damage.day, time(), UTC)
    for note in list_notes(settings.lake, source.name, start=start, end=start + timedelta(hours=23)):
        try:
            verify_extents(settings.lake, [extent for kind in KINDS for extent in extents_of_files(note, kind)])
        except DamagedHour as lost:
            found, manifest = list_hour(source, note.archive_hour.astimezone(UTC), note)
            if manifest.hash != note.manifest_hash or manifest.vanished:
                raise _unrepairable(lost, manifest, same_settings=True) from damage
            write_hour(settings, found, manifest, None)
    settings.lake.remove(packs_path(source.name, damage.day))


def refuse_vanished(manifest: Manifest) -> None:
    """Raise LakeError where rows of files that the archive no longer has would be lost with a damaged hour."""
    if manifest.vanished:
        raise _unrepairable(
            DamagedHour(f"{format_hour(manifest.archive_hour)} is damaged in the lake", manifest.archive_hour),
            manifest,
            same_settings=True,
        )


def refuse_lost_files(settings: Settings, source: Source, note: HourNote) -> None:
    """Raise LakeError where the hour was loaded with files that the lake does not know: a load would delete their rows.

    It is so where the lake was lost or restored from an older copy, and the archive no longer has those files.
    """
    hour = note.archive_hour.astimezone(UTC)
    with open_ledger(settings) as session:
        loaded = {} if session is None else loaded_hours(session, source.name, start=hour, end=hour)
    known = {file.file for file in note.files}
    lost = (
        frozenset(file.key for file in loaded[hour].files if file.key not in known) if hour in loaded else frozenset()
    )
    if lost:
        damage = DamagedHour(f"{format_hour(hour)} is older in the lake than in the warehouse", hour)
        raise _unrepairable(damage, Manifest(source.name, hour, (), vanished=lost), same_settings=True)


def list_hour(source: Source, hour: datetime, note: HourNote | None) -> tuple[Source, Manifest]:
    """Return the source with its layout, and the archive's files of the hour with those that the note has besides."""
    listing = list_hours(source, start=hour, end=hour)
    manifest = listing.hours.get(hour) or Manifest(source.name, hour, ())
    known = [ArchiveFile(file.file, file.bytes, file.etag) for file in note.files] if note else []
    return listing.source, carry_vanished(manifest, known)


def list_unchanged(source: Source, note: HourNote) -> tuple[Source, Manifest] | None:
    """Return the hour in the archive as `list_hour` does, if it has the files of the note and no others.

    None where the archive cannot be read. Raises TransientArchiveError where its storage does not answer.
    """
    try:
        found, manifest = list_hour(source, note.archive_hour.astimezone(UTC), note)
    except TransientArchiveError:
        raise
    except (ArchiveError, OSError):
        return None
    same = manifest.hash == note.manifest_hash and not manifest.vanished
    return (found, manifest) if same else None


def _unrepairable(damage: DamagedHour, manifest: Manifest, *, same_settings: bool) -> LakeError:
    """Return the error that names the next step."""
    cause = str(damage).partition(": load the hour")[0]
    hour = format_hour(manifest.archive_hour)
    command = f"tideline load --from {hour} --to {hour} --reload"
    if manifest.vanished:
        first = min(manifest.vanished)
        return LakeError(
            f"{cause}, and the archive no longer has {first!r}: restore the hour in the lake or the file in the archive"
            f" from a copy, or remove the file's rows with {command} --accept-removals"
        )
    changed = "the archive's files are not those that were loaded" if same_settings else "the settings have changed"
    return LakeError(f"{cause}, and {changed}: run {command}")


def _warn_missed(hour: datetime, ids: Iterable[str]) -> str:
    named = sorted(ids)
    return (
        f"{counted(len(named), 'event')} of {hour:%Y-%m-%dT%H} could not be read again, and no copy is put back: the"
        f" hour has left the lake for its age (the first is {named[0]!r})"
    )
