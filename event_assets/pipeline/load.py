"""Load pending hours one after the other, as `tideline load` does; progress is reported by a callback.

Covered by tests/cli/test_app.py.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from event_assets.archive.errors import ArchiveError
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.discovery.pending import HourState
from event_assets.discovery.survey import survey_source
from event_assets.lake.errors import LakeError, UnusableLake
from event_assets.lake.hour_note import HourNote
from event_assets.pipeline.hour import HourInLake, load_note, note_counts
from event_assets.pipeline.prefetch import open_prefetch
from loaders.interface.counts import ROW_COUNTS
from loaders.interface.errors import WarehouseError
from loaders.load.load import LoadResult
from loaders.staging.prefetch import prefetch

HOUR_ERRORS: Final = (ArchiveError, LakeError, WarehouseError, OSError)
"""Errors of one hour that do not come from a defect of the program."""
FAILURES_IN_A_ROW: Final = 3
"""A bad hour stays one bad hour (contract §11); after so many in a row of one source the cause is not the hours, and
the other hours of the source stay pending."""

Step = Literal["events", "warehouse"]


@dataclass(frozen=True)
class Plan:
    """An hour to load."""

    source: Source
    state: HourState


@dataclass(frozen=True)
class Outcome:
    """The result of one hour; `counts` are those of `loads`. A skipped hour was loaded by another process meanwhile."""

    source: str
    archive_hour: datetime
    state: Literal["loaded", "skipped", "failed"]
    counts: Mapping[str, int] = field(default_factory=dict)
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


@dataclass(frozen=True)
class Planned:
    """The hours to load of every source whose archive can be listed, and why the others' cannot."""

    plans: tuple[Plan, ...]
    unreachable: Mapping[str, str] = field(default_factory=dict)
    """Source -> the error of its archive."""


OnProgress = Callable[[Plan, Step, Mapping[str, object]], None]


def plan_sources(settings: Settings, choice: Choice) -> Planned:
    """Return the hours to load by source and hour; an archive that cannot be listed does not stop the other sources.

    Raises `ArchiveError` where none can be listed.
    """
    plans: list[Plan] = []
    unreachable: dict[str, str] = {}
    for source in settings.sources.values():
        try:
            plans += _plan_source(settings, source, choice)
        except (ArchiveError, OSError) as error:
            unreachable[source.name] = str(error) or type(error).__name__
            if len(unreachable) == len(settings.sources):
                raise
    return Planned(tuple(plans), unreachable)


def plan_hours(settings: Settings, choice: Choice) -> list[Plan]:
    """Return the hours to load, by source and hour: the pending ones, or with `reload` every one of the range."""
    return [plan for source in settings.sources.values() for plan in _plan_source(settings, source, choice)]


def _plan_source(settings: Settings, source: Source, choice: Choice) -> list[Plan]:
    survey = survey_source(settings, source, start=choice.start, end=choice.end, accept_removals=choice.accept_removals)
    return [Plan(survey.source, state) for state in survey.states if state.pending or choice.reload]


def load_plans(settings: Settings, plans: Iterable[Plan], choice: Choice, on_progress: OnProgress) -> Iterator[Outcome]:
    """Load the hours in order, one transaction each; a failed hour is an outcome, and the next one is begun.

    A source ends early after three failures in a row: its hours that are left stay pending. The next source is begun.
    All ends early when the lake cannot be used at all. Raises `UnusableLake` when that is so from the first hour on.
    """
    failed: Counter[str] = Counter()
    plans = list(plans)
    wanted = (plan for plan in plans if failed[plan.source.name] < FAILURES_IN_A_ROW)
    manifests = [plan.state.manifest for plan in plans]
    with open_prefetch(settings, manifests, accept_removals=choice.accept_removals, reload=choice.reload) as hours:

        def submit(plan: Plan) -> Future[HourInLake]:
            return hours.submit(plan.source, plan.state.manifest)

        for number, (plan, hour) in enumerate(prefetch(submit, wanted, depth=1)):
            if failed[plan.source.name] == FAILURES_IN_A_ROW:
                continue  # the hour was submitted before the source's last failure
            try:
                outcome = _load_plan(settings, plan, choice, on_progress, hour)
            except UnusableLake as error:
                if not number:
                    raise
                yield Outcome(plan.source.name, plan.state.archive_hour, "failed", error=str(error))
                return
            yield outcome
            failed[plan.source.name] = failed[plan.source.name] + 1 if outcome.state == "failed" else 0


def _load_plan(
    settings: Settings, plan: Plan, choice: Choice, on_progress: OnProgress, hour: Future[HourInLake]
) -> Outcome:
    started = time.monotonic()
    try:
        note, result = _work(settings, plan, choice, on_progress, hour)
    except UnusableLake:
        raise
    except HOUR_ERRORS as error:
        return Outcome(plan.source.name, plan.state.archive_hour, "failed", error=str(error) or type(error).__name__)
    return Outcome(
        source=plan.source.name,
        archive_hour=plan.state.archive_hour,
        state="loaded" if result.loaded else "skipped",
        counts={
            **{name: value for name, value in note_counts(note).items() if name != "distinct"},
            **result.counts,
            "excluded": result.excluded,
        },
        schema_changes=result.schema_changes,
        seconds=time.monotonic() - started,
        warnings=result.warnings,
    )


def _work(
    settings: Settings, plan: Plan, choice: Choice, on_progress: OnProgress, hour: Future[HourInLake]
) -> tuple[HourNote, LoadResult]:
    started = time.monotonic()
    done = hour.result()
    spent = time.monotonic() - started
    marks = {"restored": True} if done.restored else {}
    on_progress(
        plan, "events", {**note_counts(done.note), "written": done.written, **marks, "seconds": round(spent, 2)}
    )
    result = load_note(settings, plan.source, done.note, reload=choice.reload)
    spent = time.monotonic() - started - spent
    moved: dict[str, object] = {name: result.counts[name] for name in ROW_COUNTS if name in result.counts}
    if result.excluded:
        moved["excluded"] = result.excluded
    on_progress(plan, "warehouse", {"loaded": result.loaded, **moved, "seconds": round(spent, 2)})
    return done.note, result
