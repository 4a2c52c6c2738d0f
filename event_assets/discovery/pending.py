"""Pending hours: the files of the archive minus the files of the ledger, with no high-water mark (contract §10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from event_assets.archive.manifest import ArchiveFile, Manifest, carry_vanished

ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class LoadedHour:
    """The newest load of an archive hour in the ledger; `counts` are those of `loads`."""

    archive_hour: datetime
    load_id: str
    manifest_hash: str
    files: tuple[ArchiveFile, ...]
    counts: Mapping[str, int]
    finished_at: datetime
    run_id: str = ""
    """The Dagster run of the load; empty for a load by the command."""
    config_hash: str = ""
    """The hash of the settings of the load."""
    started_at: datetime | None = None


@dataclass(frozen=True)
class HourState:
    """One archive hour in the archive and in the ledger."""

    manifest: Manifest
    """The files that a load would include: the listed ones, and the vanished ones that keep their rows."""
    loaded: LoadedHour | None

    @property
    def archive_hour(self) -> datetime:
        return self.manifest.archive_hour

    @property
    def pending(self) -> bool:
        """Whether the archive has files of this hour that are not loaded."""
        return self.loaded is None or self.loaded.manifest_hash != self.manifest.hash

    @property
    def changed_files(self) -> tuple[str, ...]:
        """Files that arrived or were rewritten since the load; empty if the hour was never loaded."""
        if self.loaded is None:
            return ()
        known = set(self.loaded.files)
        return tuple(file.key for file in self.manifest.files if file not in known)

    @property
    def rewritten_files(self) -> tuple[str, ...]:
        """Those of the changed files that were loaded before, with another content."""
        known = {file.key for file in self.loaded.files} if self.loaded else set()
        return tuple(key for key in self.changed_files if key in known)

    @property
    def why(self) -> str:
        """Why the hour is pending, in a few words; empty if it is not."""
        return "never loaded" if self.loaded is None else describe_changes([self])

    @property
    def vanished_files(self) -> tuple[str, ...]:
        """Loaded files that are no longer listed."""
        return tuple(sorted(self.manifest.vanished))


def describe_changes(states: Sequence[HourState]) -> str:
    """Return how many files of loaded hours came late and were rewritten: the command and Dagster use these words."""
    rewritten = sum(len(state.rewritten_files) for state in states)
    late = sum(len(state.changed_files) for state in states) - rewritten
    counts = ((late, "late"), (rewritten, "rewritten"))
    texts = [f"{files} {kind} {'file' if files == 1 else 'files'}" for files, kind in counts if files]
    return ", ".join(texts) or ("files removed" if any(state.pending for state in states) else "")


def compare_hours(
    source: str,
    listed: Mapping[datetime, Manifest],
    loaded: Mapping[datetime, LoadedHour],
    *,
    accept_removals: bool = False,
) -> list[HourState]:
    """Return the state of every hour of the archive or the ledger, in order.

    A loaded file that is no longer listed stays in its hour's manifest as vanished, unless removals are accepted.
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
    """Group hours (or days) into as few runs without a gap as possible, of at most `at_most` entries."""
    groups: list[list[datetime]] = []
    for hour in sorted(set(hours)):
        if groups and hour - groups[-1][-1] == step and len(groups[-1]) < at_most:
            groups[-1].append(hour)
        else:
            groups.append([hour])
    return list(groups)
