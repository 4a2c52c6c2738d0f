"""The work that a load would do, by source: hours with the reason for each, and estimates. Nothing is written.

Covered by tests/pipeline/plan/test_plan.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import ArchiveFile
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.discovery.pending import HourState, LoadedHour
from event_assets.discovery.survey import Survey, loaded_hours, survey_listing
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.read import list_notes
from event_assets.pipeline.load import Choice, Plan, plan_survey
from event_assets.pipeline.plan.estimates import NOTHING, Estimate, estimate_ratio, exactly
from event_assets.pipeline.plan.past_loads import PastLoads, measure_lake, read_past_loads
from event_assets.pipeline.plan.sampled_files import SampledFiles, sample_files
from loaders.interface.errors import Busy
from loaders.queries.volume import bills_bytes

WAIT_SECONDS: Final = 2.0
"""How long a plan waits for a warehouse that a load holds, before it takes the lake's word."""
_NAMED: Final = 3
_SCRATCH_PER_EVENT: Final = 300
"""Bytes of temporary disk an event, besides its content."""

NO_HISTORY: Final = "no hour was loaded yet"
METERED: Final = "the warehouse bills bytes that are not estimated"
WAREHOUSE_HELD: Final = "a load holds the warehouse: what is loaded is taken from the lake"


@dataclass(frozen=True)
class PlannedHour:
    """An hour that a load would take. `bytes` are read; of them `new_bytes` were not loaded before."""

    archive_hour: datetime
    why: str
    files: int
    bytes: int
    new_files: int
    new_bytes: int
    named_files: tuple[str, ...]
    """A few of the files that are late or were rewritten."""
    events: Estimate | None
    """The events of the hour after the load: those that were counted, and those that new files are likely to have."""


@dataclass(frozen=True)
class SourceWork:
    """What a load of one source would do. An estimate is None where nothing is known; `unknown` says why."""

    source: str
    hours: tuple[PlannedHour, ...] = ()
    events: Estimate | None = None
    events_by: str = ""
    """What the number of events was estimated by."""
    sampled_files: tuple[str, ...] = ()
    """Files that were read for it."""
    seconds: Estimate | None = None
    lake_bytes: Estimate | None = None
    """Growth of the lake."""
    warehouse_bytes: Estimate | None = None
    """Growth of the warehouse."""
    scratch_bytes: Estimate | None = None
    """Temporary disk at its peak: of the largest hour."""
    memory_bytes: int = 0
    """The most that one process that loads holds."""
    billed_bytes: Estimate | None = None
    """What a metered warehouse would bill; None for a warehouse that bills no bytes, which is every one so far."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Name of an estimate -> why it is None, or what it leaves out."""
    notes: tuple[str, ...] = ()
    other_settings: tuple[datetime, ...] = ()
    """Loaded hours that stay as they are, although settings have changed since."""
    error: str = ""
    """Why the archive cannot be listed, or empty."""


@dataclass(frozen=True)
class _Surveyed:
    """A source with its past; `held` if a load holds the warehouse."""

    survey: Survey
    past: PastLoads
    held: bool = False
    metered: bool = False


def plan_work(settings: Settings, choice: Choice, *, wait: float = WAIT_SECONDS) -> list[SourceWork]:
    """Return the work by source; of several sources, one whose archive cannot be listed has only its error.

    The ledger is read in one short session. Where a load holds the warehouse for longer than `wait` seconds, the notes
    of the lake say what was loaded. Raises `ArchiveError`, `LakeError` and `WarehouseError`.
    """
    works = []
    for source in settings.sources.values():
        try:
            surveyed = _survey(settings, source, choice, wait)
            works.append(_plan_source(settings, surveyed, choice))
        except (ArchiveError, OSError) as error:
            if len(settings.sources) == 1:
                raise
            works.append(SourceWork(source.name, error=str(error) or type(error).__name__))
    return works


def _survey(settings: Settings, source: Source, choice: Choice, wait: float) -> _Surveyed:
    listing = list_hours(source, start=choice.start, end=choice.end)
    past, held, metered = PastLoads(), False, False
    try:
        with open_ledger(settings, wait=wait) as session:
            loaded = {} if session is None else loaded_hours(session, source.name, start=choice.start, end=choice.end)
            past = past if session is None else read_past_loads(settings, session, source.name)
            metered = session is not None and bills_bytes(session)
    except Busy:
        held = True
        notes = {note.archive_hour: note for note in list_notes(settings.lake, source.name)}
        past = _past_of_notes(notes)
        hours = (hour for hour in notes if _is_within(hour, choice))
        loaded = {hour: _as_loaded(listing.source, notes[hour]) for hour in hours}
    survey = survey_listing(listing, loaded, accept_removals=choice.accept_removals)
    return _Surveyed(survey, measure_lake(settings.lake, source.name, past), held, metered)


def _is_within(hour: datetime, choice: Choice) -> bool:
    return (choice.start is None or choice.start <= hour) and (choice.end is None or hour <= choice.end)


def _past_of_notes(notes: Mapping[datetime, HourNote]) -> PastLoads:
    return PastLoads(tuple(notes), estimate_ratio((note.counts.events, note.counts.bytes) for note in notes.values()))


def _as_loaded(source: Source, note: HourNote) -> LoadedHour:
    """Return the load that an hour of the lake most likely had: an hour is loaded after it is written."""
    return LoadedHour(
        archive_hour=note.archive_hour,
        load_id="",
        manifest_hash=note.manifest_hash,
        files=tuple(ArchiveFile(file.file, file.bytes, file.etag) for file in note.files),
        counts={"events": note.counts.events, "bytes": note.counts.bytes, "bad_files": note.counts.bad_files},
        finished_at=note.archive_hour,
        config_hash=source.hash_loads(note.config_hash),
    )


def _plan_source(settings: Settings, surveyed: _Surveyed, choice: Choice) -> SourceWork:
    survey, past = surveyed.survey, surveyed.past
    plans = plan_survey(settings, survey, choice)
    sample = _sample(survey.source, plans)
    per_byte = past.events or sample.events
    others = survey.loaded_by_other_settings()
    hours = tuple(_plan_hour(plan, per_byte, others) for plan in plans)
    planned = {hour.archive_hour for hour in hours}
    work = SourceWork(
        source=survey.source.name,
        hours=hours,
        events=_total(hour.events for hour in hours),
        events_by=_basis(past, sample) if hours else "",
        sampled_files=sample.files if past.events is None else (),
        memory_bytes=settings.memory.total_bytes,
        notes=(WAREHOUSE_HELD,) * surveyed.held + (METERED,) * surveyed.metered,
        other_settings=tuple(hour for hour in others if hour not in planned),
    )
    return _estimate(work, plans, past, sample)


def _sample(source: Source, plans: Sequence[Plan]) -> SampledFiles:
    return sample_files(source, [plan.state.manifest for plan in plans])


def _basis(past: PastLoads, sample: SampledFiles) -> str:
    if past.events is not None:
        return f"{len(past.hours)} loaded {'hour' if len(past.hours) == 1 else 'hours'}"
    return f"{len(sample.files)} sampled files" if sample.events is not None else ""


def _plan_hour(plan: Plan, per_byte: Estimate | None, others: Sequence[datetime]) -> PlannedHour:
    state, manifest = plan.state, plan.state.manifest
    changed = set(state.changed_files) if state.loaded else {file.key for file in manifest.files}
    new = [file for file in manifest.files if file.key in changed]
    new_bytes = sum(file.size for file in new)
    events = exactly(_kept_events(state, changed)) if per_byte is not None or not new else None
    if events is not None and per_byte is not None:
        events = events.plus(per_byte.times(new_bytes))
    return PlannedHour(
        archive_hour=state.archive_hour,
        why=state.why or ("other settings" if state.archive_hour in others else "reload"),
        files=len(manifest.files),
        bytes=manifest.size,
        new_files=len(new),
        new_bytes=new_bytes,
        named_files=tuple(file.key for file in new[:_NAMED]) if state.loaded else (),
        events=events,
    )


def _kept_events(state: HourState, changed: set[str]) -> float:
    """Return the events of an hour's load that are of files which stay: rewritten ones take theirs with them."""
    loaded = state.loaded
    if loaded is None or not loaded.counts["bytes"]:
        return 0
    leaving = sum(file.size for file in loaded.files if file.key in changed)
    return loaded.counts["events"] * (1 - leaving / loaded.counts["bytes"])


def _estimate(work: SourceWork, plans: Sequence[Plan], past: PastLoads, sample: SampledFiles) -> SourceWork:
    """Add time and room. What is read again takes time, and only what is new makes lake and warehouse grow."""
    if not work.hours:
        return replace(work, seconds=NOTHING, lake_bytes=NOTHING, warehouse_bytes=NOTHING, scratch_bytes=NOTHING)
    read = sum(plan.state.manifest.size for plan in plans)
    per_byte = past.events or sample.events
    come = per_byte and per_byte.times(sum(hour.new_bytes for hour in work.hours))
    seconds = past.merging and past.merging.plus(past.reading or NOTHING)
    found = replace(
        work,
        seconds=seconds and seconds.times(read),
        lake_bytes=past.lake and come and past.lake.of(come),
        warehouse_bytes=past.warehouse and come and past.warehouse.times(come.expected),
        scratch_bytes=_scratch(work, sample),
    )
    return replace(found, unknown=dict(_unknown(found, past)))


def _scratch(work: SourceWork, sample: SampledFiles) -> Estimate | None:
    """Return the temporary disk of the largest hour: none if it fits in memory, twice its content at most."""
    if sample.unpacked is None:
        return None
    largest = max(work.hours, key=lambda hour: hour.bytes)
    events = largest.events.expected if largest.events else 0
    content = sample.unpacked.times(largest.bytes).plus(exactly(events * _SCRATCH_PER_EVENT))
    return Estimate(0, content.expected, 2 * content.high)


def _unknown(work: SourceWork, past: PastLoads) -> Iterator[tuple[str, str]]:
    """Yield the estimates that are not known, or not whole, with the reason."""
    reason = WAREHOUSE_HELD if WAREHOUSE_HELD in work.notes else NO_HISTORY
    if work.events is None:
        yield "events", f"{reason}, and no file is small enough to be read for an estimate"
    for name in ("seconds", "lake_bytes", "warehouse_bytes"):
        if getattr(work, name) is None:
            yield name, NO_HISTORY if name == "lake_bytes" else reason
    if work.scratch_bytes is None:
        yield "scratch_bytes", "no file is small enough to be read for an estimate"
    if work.seconds is not None and past.reading is None:
        yield "seconds", "the merge alone: no two hours were read one after the other, which shows how long it takes"


def _total(estimates: Iterator[Estimate | None]) -> Estimate | None:
    total = NOTHING
    for estimate in estimates:
        if estimate is None:
            return None
        total = total.plus(estimate)
    return total
