"""What is pending: the files of the archive minus the files of `loads`, with no high-water mark (contract §10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from event_assets.archive.manifest import ArchiveFile, Manifest, carry_vanished

ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class LoadedHour:
    """The newest load of an archive hour, as the ledger has it; `counts` are those of `loads`."""

    archive_hour: datetime
    load_id: str
    manifest_hash: str
    files: tuple[ArchiveFile, ...]
    counts: Mapping[str, int]
    finished_at: datetime
    run_id: str = ""
    """The Dagster run that loaded it; empty where the command did."""
    config_hash: str = ""
    """Of the settings that it was loaded by."""
    started_at: datetime | None = None


@dataclass(frozen=True)
class HourState:
    """One archive hour, seen from the archive and from the ledger."""

    manifest: Manifest
    """What a load would take in now: the listed files, and the vanished ones that keep their rows."""
    loaded: LoadedHour | None

    @property
    def archive_hour(self) -> datetime:
        return self.manifest.archive_hour

    @property
    def pending(self) -> bool:
        """Whether the archive has something of this hour that the warehouse does not have."""
        return self.loaded is None or self.loaded.manifest_hash != self.manifest.hash

    @property
    def changed_files(self) -> tuple[str, ...]:
        """Files that came or were rewritten since the hour was loaded; empty where it never was."""
        if self.loaded is None:
            return ()
        known = set(self.loaded.files)
        return tuple(file.key for file in self.manifest.files if file not in known)

    @property
    def vanished_files(self) -> tuple[str, ...]:
        """Files that were loaded and are no longer listed."""
        return tuple(sorted(self.manifest.vanished))


def compare_hours(
    source: str,
    listed: Mapping[datetime, Manifest],
    loaded: Mapping[datetime, LoadedHour],
    *,
    accept_removals: bool = False,
) -> list[HourState]:
    """Every hour that the archive or the ledger knows, in order.

    A file that is loaded and no longer listed stays in its hour's manifest as vanished, unless removals are accepted.
    """
    states = []
    for hour in sorted({*listed, *loaded}):
        manifest = listed.get(hour) or Manifest(source=source, archive_hour=hour, files=())
        known = loaded.get(hour)
        kept = carry_vanished(manifest, known.files) if known is not None and not accept_removals else manifest
        if kept.files or known is not None:
            states.append(HourState(manifest=kept, loaded=known))
    return states


def group_contiguous(
    hours: Iterable[datetime], *, at_most: int, step: timedelta = ONE_HOUR
) -> list[Sequence[datetime]]:
    """The hours (or days) in runs without a gap, as few as their gaps allow, none longer than `at_most` of them."""
    groups: list[list[datetime]] = []
    for hour in sorted(set(hours)):
        if groups and hour - groups[-1][-1] == step and len(groups[-1]) < at_most:
            groups[-1].append(hour)
        else:
            groups.append([hour])
    return list(groups)
