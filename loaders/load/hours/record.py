"""The ledger's part of a load: a row for every archive hour, its changes, and what it left without a row.

Covered by tests/loaders/load/hours/test_several_hours.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from loaders.connection.session import Session
from loaders.interface.counts import HOUR_COUNTS
from loaders.interface.hour import Hour
from loaders.interface.result import Changes, LoadResult
from loaders.ledger.changes import StagedRows, read_changes
from loaders.ledger.loads import LoadRecord, LoadTimes, new_load_id, record_loads
from loaders.load.arrivals import Moves
from loaders.load.context import LoadContext, LoadStamp
from loaders.load.id_conflicts import NO_CONFLICTS, IdConflicts, replace_conflicts
from loaders.load.left_out.contract import replace_findings
from loaders.load.left_out.duplicates import replace_duplicates
from loaders.load.left_out.excluded import replace_erased, replace_excluded
from loaders.load.left_out.quarantine import replace_quarantine
from loaders.staging.staged import Staged


@dataclass(frozen=True)
class MovedRows:
    """What the merge of a load did."""

    staged: StagedRows
    """Rows staged, by the archive hour that counts them."""
    moves: Moves
    changes: tuple[str, ...]
    """Changes of the tables themselves."""
    conflicts: Mapping[datetime, IdConflicts]


def stamp_hours(context: LoadContext, instant: datetime) -> tuple[LoadStamp, ...]:
    """Return the identity of the load of each hour: ids grow in the order of the hours, from the instant on."""
    return tuple(
        LoadStamp(hour.archive_hour, new_load_id(instant + timedelta(microseconds=number)))
        for number, hour in enumerate(context.hours)
    )


def add_staged(several: Iterable[Mapping[datetime, Counter[str]]], context: LoadContext) -> StagedRows:
    """Return the sums of staged rows by hour of the load; those of other hours count for its first hour."""
    rows: StagedRows = {hour: Counter() for hour in context.archive_hours}
    for staged in several:
        for hour, counts in staged.items():
            rows[hour if hour in rows else context.lead.archive_hour].update(counts)
    return rows


def record_hours(
    session: Session, context: LoadContext, staged: Staged, moved: MovedRows, stamps: Sequence[LoadStamp]
) -> dict[datetime, LoadResult]:
    """Write the ledger's part of the load; return the counts and changes of each hour. Raises HourUnreadable."""
    source, hours, instant = context.source, moved.moves.hours, moved.moves.uuid_ts
    # `arrivals` before the rows of `loads`: their counts are summed from what `arrivals` recorded, so the two agree.
    moved.moves.record(stamps[0].load_id, source=source, archive_hour=stamps[0].archive_hour)
    changes = read_changes(session, {stamp.load_id: moved.staged[stamp.archive_hour] for stamp in stamps})
    replace_quarantine(session, source, hours, context.hours)
    replace_findings(session, source, hours, {hour: found.contract for hour, found in staged.hours.items()})
    replace_excluded(session, source, hours, {hour: found.excluded for hour, found in staged.hours.items()})
    replace_duplicates(session, source, hours, context.hours)
    replace_conflicts(session, source, hours, moved.conflicts)
    replace_erased(session, source, hours, {hour.archive_hour: hour.counts.get("erased", 0) for hour in context.hours})
    # The rows of `loads` last: from them on the hours count as loaded.
    loads = [
        _record(hour, stamp.load_id, staged, changes[stamp.load_id])
        for hour, stamp in zip(context.hours, stamps, strict=True)
    ]
    ended = instant + timedelta(microseconds=len(loads) - 1)  # the next load's ids are later than these
    record_loads(session, source, loads, LoadTimes(instant, max(ended, context.now()), context.run_id))
    return {
        load.archive_hour: _result(context, hour, load, changes[load.load_id], staged, moved)
        for hour, load in zip(context.hours, loads, strict=True)
    }


def _record(hour: Hour, load_id: str, staged: Staged, changes: Changes) -> LoadRecord:
    found = staged.hours[hour.archive_hour]
    counts = {name: hour.counts[name] for name in HOUR_COUNTS} | {"rescued": found.rescued} | changes.totals()
    return LoadRecord(
        load_id, hour.archive_hour, hour.manifest_hash, hour.config_hash, found.counts, counts, hour.files
    )


def _result(
    context: LoadContext, hour: Hour, load: LoadRecord, changes: Changes, staged: Staged, moved: MovedRows
) -> LoadResult:
    conflicts = moved.conflicts.get(hour.archive_hour, NO_CONFLICTS)
    contract = staged.hours[hour.archive_hour].contract
    return LoadResult(
        loaded=True,
        load_id=load.load_id,
        counts=dict(load.counts),
        tables=changes.tables,
        touched=changes.touched,
        seconds=context.seconds,
        hours=len(context.hours),
        excluded=staged.hours[hour.archive_hour].excluded.total(),
        violating=contract.violating.total(),
        contract_quarantined=contract.quarantined.total(),
        id_conflicts=conflicts.count,
        reused_ids=conflicts.samples,
        warnings=tuple(conflicts.warnings(hour)),
    )
