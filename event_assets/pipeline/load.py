"""Load pending hours, several in one transaction, as `tideline load` does; progress is reported by a callback.

Covered by tests/cli/test_app.py.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from event_assets.archive.errors import ArchiveError
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.discovery.pending import HourState
from event_assets.discovery.survey import Survey, survey_source
from event_assets.lake.errors import LakeError, UnusableLake
from event_assets.lake.hour_note import HourNote, NoticedSample, note_counts
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.failed_hours import FailureLog, find_shared, shared_cause
from event_assets.pipeline.hour import HourInLake, LoadOptions, is_full, load_notes
from event_assets.pipeline.prefetch import open_prefetch
from event_assets.pipeline.recovery.lake_hours import find_lake_hours
from loaders.interface.counts import ROW_COUNTS
from loaders.interface.errors import WarehouseError
from loaders.interface.result import ReusedId
from loaders.load.load import LoadResult
from loaders.staging.prefetch import prefetch

HOUR_ERRORS: Final = (ArchiveError, LakeError, WarehouseError, OSError)
"""Errors of one hour that do not come from a defect of the program."""

AHEAD: Final = 16
"""Hours that are submitted to be normalized before their load, where hours share loads."""

Step = Literal["events", "warehouse"]


@dataclass(frozen=True)
class Plan:
    """An hour to load. `again`: also where its files are loaded as they are."""

    source: Source
    state: HourState
    again: bool = False


@dataclass(frozen=True)
class Outcome:
    """The result of one hour; `counts` are those of `loads`. A skipped hour was loaded by another process meanwhile."""

    source: str
    archive_hour: datetime
    state: Literal["loaded", "skipped", "failed"]
    counts: Mapping[str, int] = field(default_factory=dict)
    noticed: Mapping[str, int] = field(default_factory=dict)
    """Events with something that somebody should look at, by name: as the note counts them, and between hours."""
    samples: tuple[NoticedSample, ...] = ()
    """A few of the events that the note counts."""
    reused_ids: tuple[ReusedId, ...] = ()
    """A few events that have the id of an event of another hour."""
    schema_changes: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Which hours to load, and how: `start` and `end` are inclusive."""

    start: datetime | None = None
    end: datetime | None = None
    reload: bool = False
    accept_removals: bool = False
    retry_files: bool = False
    """Also hours of which the storage did not give every file."""


@dataclass(frozen=True)
class Planned:
    """The hours to load of every source whose archive can be listed, and why the others' cannot."""

    plans: tuple[Plan, ...]
    unreachable: Mapping[str, str] = field(default_factory=dict)
    """Source -> the error of its archive."""
    unfit: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    """Source -> its listed files that look like data and fit no layout: how many, and the keys of a few."""
    other_settings: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    """Source -> hours that stay as they were loaded under other settings, where there are some."""


OnProgress = Callable[[Plan, Step, Mapping[str, object]], None]


def plan_sources(settings: Settings, choice: Choice) -> Planned:
    """Return the hours to load by source and hour; an archive that cannot be listed does not stop the other sources.

    Raises `ArchiveError` where none can be listed.
    """
    plans: list[Plan] = []
    unreachable: dict[str, str] = {}
    unfit: dict[str, tuple[int, tuple[str, ...]]] = {}
    others: dict[str, tuple[datetime, ...]] = {}
    for source in settings.sources.values():
        try:
            survey = _survey(settings, source, choice)
        except (ArchiveError, OSError) as error:
            unreachable[source.name] = str(error) or type(error).__name__
            if len(unreachable) == len(settings.sources):
                raise
            continue
        own = plan_survey(settings, survey, choice)
        plans += own
        unfit[source.name] = (survey.unfit_files, survey.unfit_keys)
        planned = {plan.state.archive_hour for plan in own}
        if left := tuple(hour for hour in survey.loaded_by_other_settings() if hour not in planned):
            others[source.name] = left
    return Planned(tuple(plans), unreachable, unfit, others)


def plan_hours(settings: Settings, choice: Choice) -> list[Plan]:
    """Return the hours to load, by source and hour: the pending ones, and those that the choice loads again."""
    surveys = (_survey(settings, source, choice) for source in settings.sources.values())
    return [plan for survey in surveys for plan in plan_survey(settings, survey, choice)]


def _survey(settings: Settings, source: Source, choice: Choice) -> Survey:
    return survey_source(settings, source, start=choice.start, end=choice.end, accept_removals=choice.accept_removals)


def plan_survey(settings: Settings, survey: Survey, choice: Choice) -> list[Plan]:
    """Return the hours of a surveyed source to load, in order: the pending ones, and those that the choice repeats."""
    source = survey.source
    states = sorted([*survey.states, *_lake_hours(settings, survey, choice)], key=lambda state: state.archive_hour)
    plans = (Plan(source, state, _is_again(settings, source, state, choice)) for state in states)
    return [plan for plan in plans if plan.state.pending or plan.again]


def _lake_hours(settings: Settings, survey: Survey, choice: Choice) -> list[HourState]:
    """Return the hours that only the lake still has, where the ledger has no load (a lost warehouse), or with `reload`.

    Everywhere else what is pending is the archive's files minus those of the ledger (contract §10).
    """
    known = any(state.loaded for state in survey.states)
    if choice.accept_removals or (known and not choice.reload):
        return []
    return find_lake_hours(settings, survey, start=choice.start, end=choice.end)


def _is_again(settings: Settings, source: Source, state: HourState, choice: Choice) -> bool:
    """Return whether the choice loads an hour whose files are loaded; only hours with bad files have notes to read."""
    if choice.reload or not choice.retry_files or state.loaded is None or not state.loaded.counts.get("bad_files"):
        return choice.reload
    note = read_note(settings.lake, source.name, state.archive_hour)
    return note is not None and bool(note.unread_files)


def load_plans(settings: Settings, plans: Iterable[Plan], choice: Choice, on_progress: OnProgress) -> Iterator[Outcome]:
    """Load the hours in order, several in one transaction; a failed hour is an outcome, and the others are loaded.

    However many hours fail for reasons of their own, the others are loaded. A source ends early where its archive does
    not answer, and all end where the lake or the warehouse does not: the hours that are left stay pending. Raises
    `UnusableLake` when that is so from the first hour on.
    """
    loading = _Loading(settings, on_progress)
    plans = list(plans)
    manifests = [plan.state.manifest for plan in plans]
    with open_prefetch(
        settings,
        manifests,
        accept_removals=choice.accept_removals,
        reload=choice.reload,
        retry_files=choice.retry_files,
    ) as hours:

        def submit(plan: Plan) -> Future[HourInLake]:
            return hours.submit(plan.source, plan.state.manifest)

        wanted = (plan for plan in plans if not loading.is_stopped(plan))
        for plan, hour in prefetch(submit, wanted, depth=1 if settings.hours_per_load == 1 else AHEAD):
            if not loading.is_stopped(plan):  # else it was submitted before the failure
                yield from loading.add(plan, hour)
        hours.end_workers()
        yield from loading.finish()


@dataclass(frozen=True)
class _Ready:
    """An hour in the lake that waits for its load, and the seconds that it took until then."""

    plan: Plan
    note: HourNote
    seconds: float


@dataclass
class _Loading:
    """The hours of a run so far: their failures are recorded, and end a source or the run where they are shared."""

    settings: Settings
    on_progress: OnProgress
    _stopped: set[str] = field(default_factory=set)
    _logs: dict[str, FailureLog] = field(default_factory=dict)
    _begun: bool = False
    _ready: list[_Ready] = field(default_factory=list)
    _failed: list[Outcome] = field(default_factory=list)
    """Of hours between those that wait."""
    _ended: bool = False
    """Whether the lake or the warehouse does not answer."""

    def is_stopped(self, plan: Plan) -> bool:
        """Return whether the hours of the plan's source stay pending."""
        return plan.source.name in self._stopped

    def add(self, plan: Plan, hour: Future[HourInLake]) -> Iterator[Outcome]:
        """Add one hour; load those that wait when it may not share their load, or when they are enough."""
        if self._ready and (self._ready[0].plan.source, self._ready[0].plan.again) != (plan.source, plan.again):
            yield from self.finish()
        first, self._begun = not self._begun, True
        started = time.monotonic()
        try:
            done = hour.result()
        except HOUR_ERRORS as error:
            if first and isinstance(error, UnusableLake):
                raise
            self._failed.append(self._fail(plan, error))
            return
        seconds = time.monotonic() - started
        marks = {"restored": True} if done.restored else {}
        counts = {**note_counts(done.note), "written": done.written, **marks, "seconds": round(seconds, 2)}
        self.on_progress(plan, "events", counts)
        self._ready.append(_Ready(plan, done.note, seconds))
        if is_full([ready.note for ready in self._ready], self.settings):
            yield from self.finish()

    def finish(self) -> Iterator[Outcome]:
        """Load the hours that wait, together; yield their outcomes and those of hours that failed, in order."""
        ready, self._ready = self._ready, []
        outcomes, self._failed = self._failed, []
        if ready and not self._ended:
            outcomes += self._load(ready)
        yield from sorted(outcomes, key=lambda outcome: outcome.archive_hour)

    def _load(self, ready: Sequence[_Ready]) -> Iterator[Outcome]:
        plan, started = ready[0].plan, time.monotonic()
        results = load_notes(
            self.settings,
            plan.source,
            [one.note for one in ready],
            LoadOptions(reload=plan.again),
            find_shared(self.settings, plan.source),
        )
        share = (time.monotonic() - started) / len(ready)
        for one in ready:
            hour = one.note.archive_hour
            if (result := results.done.get(hour)) is not None:
                self._log(one.plan).loaded(one.plan.state.archive_hour)
                self._report(one.plan, result, share)
                yield _outcome(one.plan, one.note, result, seconds=one.seconds + share)
            elif (error := results.failed.get(hour)) is not None:
                if not isinstance(error, HOUR_ERRORS):
                    raise error
                yield self._fail(one.plan, error)

    def _report(self, plan: Plan, result: LoadResult, seconds: float) -> None:
        moved: dict[str, object] = {name: result.counts[name] for name in ROW_COUNTS if name in result.counts}
        if result.excluded:
            moved["excluded"] = result.excluded
        self.on_progress(plan, "warehouse", {"loaded": result.loaded, **moved, "seconds": round(seconds, 2)})

    def _fail(self, plan: Plan, error: Exception) -> Outcome:
        self._log(plan).failed(plan.state.archive_hour, error)
        shared = shared_cause(self.settings, plan.source, plan.state.archive_hour, error)
        if shared == "all":
            self._ended = True
            self._stopped.update(self.settings.sources)
        elif shared == "source":
            self._stopped.add(plan.source.name)
        message = str(error) or type(error).__name__
        return Outcome(plan.source.name, plan.state.archive_hour, "failed", error=message)

    def _log(self, plan: Plan) -> FailureLog:
        return self._logs.setdefault(plan.source.name, FailureLog(self.settings.lake, plan.source.name))


def _outcome(plan: Plan, note: HourNote, result: LoadResult, *, seconds: float) -> Outcome:
    return Outcome(
        source=plan.source.name,
        archive_hour=plan.state.archive_hour,
        state="loaded" if result.loaded else "skipped",
        counts={
            **{name: value for name, value in note_counts(note).items() if name != "distinct"},
            **result.counts,
            "excluded": result.excluded,
        },
        noticed=dict(Counter(note.noticed) + Counter(id_conflicts=result.id_conflicts)),
        samples=note.samples,
        reused_ids=result.reused_ids,
        schema_changes=result.schema_changes,
        seconds=seconds,
        warnings=result.warnings,
    )
