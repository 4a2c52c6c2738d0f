"""Erase persons: the lists first, then lake, warehouse and exports; whatever is killed, the next run completes.

The list of an erasure is in the lake before anything is removed, so nothing that is read from then on brings a person
back. Everything after it is found again from the state of lake and warehouse: an erasure without its mark of the end is
run again, by the same command or by the next load, with the hashes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from getpass import getuser

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.lake.erasure.erase_hour import remove_former_files
from event_assets.lake.erasure.suppression import (
    ErasureList,
    Suppression,
    make_list,
    mark_done,
    mark_pending,
    pending_tokens,
    publish_list,
    read_key,
    read_lists,
    read_suppression,
)
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.erasure.derived import erase_derived
from event_assets.pipeline.erasure.find import Found, find_persons
from event_assets.pipeline.erasure.lists import restore_lists
from event_assets.pipeline.erasure.persons import with_masked
from event_assets.pipeline.erasure.refresh import refresh_hours
from event_assets.pipeline.erasure.rewrite_lake import rewrite_hour
from loaders.connection.session import Session
from loaders.interface.errors import Transient
from loaders.interface.words import counted
from loaders.rewrite.forget import Erasure, Persons, begin_erasure, finish_erasure
from loaders.rewrite.outside_lake import RowsOutsideLake, delete_outside_lake
from loaders.rewrite.retain import Owner

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Forgotten:
    """The erasure of one source, or with a dry run what it would be: `rows` by event table, and archive hours."""

    source: str
    erasure_id: str
    rows: dict[str, int]
    hours: tuple[datetime, ...]
    done: bool


@dataclass(frozen=True)
class _Job:
    """One source, the persons that are left out of it, and its erasures that are not at their end."""

    settings: Settings
    source: Source
    suppression: Suppression
    pending: tuple[ErasureList, ...]
    now: Now
    started: datetime
    by: str
    reason: str | None = None

    @property
    def warehouse(self) -> AbstractContextManager[Session]:
        """Open a transaction of the warehouse under the merge lock."""
        return open_warehouse(self.settings).loading(self.source.schema)


def preview(settings: Settings, persons: Persons) -> Iterator[Forgotten]:
    """Yield where every source of the settings holds the persons; nothing is written."""
    key, persons = read_key(settings.erasure_key), with_masked(settings, persons)
    erased = make_list(key, persons=persons.persons, events=persons.events)
    for source in settings.sources.values():
        read_suppression(settings.lake, source.name, settings.erasure_key)  # refuses another key
        wanted = Suppression.of(key, [erased], source.masking)
        found = find_persons(settings, source, wanted, persons)
        hours = found.holding
        yield Forgotten(source.name, erased.token, dict(found.rows), hours, done=False)


def forget(
    settings: Settings, persons: Persons, *, reason: str | None = None, by: str | None = None, now: Now = utc_now
) -> list[Forgotten]:
    """Erase persons from every source of the settings, for good; return a result per source.

    Raises UnusableLake where the key is missing or is another one than before, and LakeError and WarehouseError where
    something does not answer: the erasure is then completed by the same call, or by the next load.
    """
    key, persons = read_key(settings.erasure_key), with_masked(settings, persons)
    erased = make_list(key, persons=persons.persons, events=persons.events)
    for source in settings.sources.values():
        restore_lists(settings, source)
        read_suppression(settings.lake, source.name, settings.erasure_key)  # refuses another key
        mark_pending(settings.lake, source.name, erased.token)
        publish_list(settings.lake, source.name, erased)
    jobs = [job for source in settings.sources.values() for job in _find_job(settings, source, now, by, reason)]
    return _run(settings, jobs, persons)


def finish_erasures(settings: Settings, *, now: Now = utc_now) -> list[Forgotten]:
    """Complete the erasures that something has ended early; return a result per source that has one.

    Call it before hours are loaded. Without erasures it costs a listing of the lake and a query per source.
    """
    for source in settings.sources.values():
        restore_lists(settings, source)
    jobs = [job for source in settings.sources.values() for job in _find_job(settings, source, now, None, None)]
    return _run(settings, jobs, None) if jobs else []


def _find_job(settings: Settings, source: Source, now: Now, by: str | None, reason: str | None) -> Iterator[_Job]:
    """Yield the job of a source that has an erasure which is not at its end."""
    tokens = pending_tokens(settings.lake, source.name)
    if tokens:
        suppression = read_suppression(settings.lake, source.name, settings.erasure_key, source.masking)
        pending = tuple(read_lists(settings.lake, source.name, tokens))
        yield _Job(settings, source, suppression, pending, now, now(), by or _user(), reason)


def _run(settings: Settings, jobs: Sequence[_Job], persons: Persons | None) -> list[Forgotten]:
    """Erase in every source, then from what is made of the tables; record the end last."""
    results = []
    for job in jobs:
        known = persons if len(job.pending) == 1 else None
        found = find_persons(settings, job.source, job.suppression, known)
        _begin(job, found)
        _erase(job, found)
        _require_erased(job, found, known)
        erasure_id = job.pending[-1].token
        results.append(Forgotten(job.source.name, erasure_id, dict(found.rows), found.hours, done=True))
    erase_derived(settings, now=jobs[0].now)
    for job in jobs:
        _finish(job)
    return results


def _begin(job: _Job, found: Found) -> None:
    """Record the erasures in the warehouse, before anything is removed."""
    with job.warehouse as session:
        for erased in job.pending:
            erasure = Erasure(
                erasure_id=erased.token,
                content=erased.encode().decode(),
                erased_by=job.by,
                reason=job.reason,
                persons=len(erased.persons),
                events=len(erased.events),
                tables=found.rows,
                hours=found.hours,
            )
            begin_erasure(session, job.source.name, erasure, now=job.now())


def _erase(job: _Job, found: Found) -> None:
    """Erase from the lake, then from the warehouse: a load then finds no event of them in the lake."""
    settings, source = job.settings, job.source
    for hour in sorted(found.in_lake):
        rewrite_hour(settings, source, found.notes[hour], job.suppression, now=job.now)
    remove_former_files(settings.lake, source.name, list(found.hours), found.clean.values(), started=job.started)
    refreshed = {*found.hours}
    if found.outside_lake or found.lines:
        refreshed |= _delete_outside_lake(job, found)
    found_again = (read_note(settings.lake, source.name, hour) for hour in sorted(refreshed & found.loads.keys()))
    refresh_hours(settings, source, [note for note in found_again if note is not None], now=job.now)


def _delete_outside_lake(job: _Job, found: Found) -> set[datetime]:
    source = job.source
    rows = RowsOutsideLake(
        Owner(source.name, source.schema),
        found.persons,
        found.outside_lake,
        found.lines,
        job.settings.budgets.values,
        source.not_users_in_tables,
    )
    with job.warehouse as session:
        return delete_outside_lake(session, rows, now=job.now())


def _require_erased(job: _Job, found: Found, known: Persons | None) -> None:
    """Raise Transient if another process has brought a person back while the erasure was under way."""
    left = find_persons(job.settings, job.source, job.suppression, known, before=found)
    if left.hours:
        raise Transient(
            f"{counted(len(left.hours), 'archive hour')} of {job.source.name!r} with erased persons again, the first is"
            f" {left.hours[0]:%Y-%m-%dT%H}: another process has written them meanwhile; run the same command again"
        )


def _finish(job: _Job) -> None:
    """Record the end: from now on the erasures are not run again."""
    with job.warehouse as session:
        for erased in job.pending:
            finish_erasure(session, job.source.name, erased.token, now=job.now())
    for erased in job.pending:
        mark_done(job.settings.lake, job.source.name, erased.token)


def _user() -> str:
    """Return who runs the process."""
    try:
        return getuser()
    except (OSError, KeyError):
        return "unknown"
