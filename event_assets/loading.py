"""Pending hours loaded one after the other: what `tideline load` does, without its words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from event_assets.archive.errors import ArchiveError
from event_assets.archive.source import Source
from event_assets.hours import load_note, normalize_hour, note_counts
from event_assets.lake.errors import LakeError
from event_assets.lake.note import HourNote
from event_assets.lake.retire import is_retired
from event_assets.pending import HourState
from event_assets.settings import Settings
from event_assets.survey import survey_source
from loaders.errors import WarehouseError
from loaders.load import LoadResult

HOUR_ERRORS: Final = (ArchiveError, LakeError, WarehouseError, OSError)
"""What can go wrong with one hour without our being wrong."""
FAILURES_IN_A_ROW: Final = 3
"""A bad hour stays one bad hour (SPEC §11); as many in a row are not the hours' fault, and the rest is left pending."""

MOVED: Final = ("rescued", "staged", "inserted", "updated", "ignored", "deleted")
"""The counts of `loads` that the warehouse's half of a load finds."""

Step = Literal["events", "warehouse"]


@dataclass(frozen=True)
class Plan:
    """An hour that is to be loaded."""

    source: Source
    state: HourState


@dataclass(frozen=True)
class Outcome:
    """What became of one hour; `counts` are those of `loads`. A skipped one was loaded by another process meanwhile."""

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


Told = Callable[[Step, datetime, Mapping[str, object]], None]


def plan_hours(settings: Settings, choice: Choice) -> list[Plan]:
    """The hours to load, by source and hour: the pending ones, or with `reload` every one of the range."""
    surveys = [
        survey_source(settings, source, start=choice.start, end=choice.end, accept_removals=choice.accept_removals)
        for source in settings.sources.values()
    ]
    return [
        Plan(survey.source, state) for survey in surveys for state in survey.states if state.pending or choice.reload
    ]


def load_plans(settings: Settings, plans: Iterable[Plan], choice: Choice, told: Told) -> Iterator[Outcome]:
    """Load the hours in order, one transaction each; a failed hour is told and the next one begun.

    Ends early after three failures in a row: the hours that are left stay pending.
    """
    failed = 0
    for plan in plans:
        outcome = _load_plan(settings, plan, choice, told)
        yield outcome
        failed = failed + 1 if outcome.state == "failed" else 0
        if failed == FAILURES_IN_A_ROW:
            return


def _load_plan(settings: Settings, plan: Plan, choice: Choice, told: Told) -> Outcome:
    hour, started = plan.state.archive_hour, time.monotonic()
    try:
        note, result = _work(settings, plan, choice, told)
    except HOUR_ERRORS as error:
        return Outcome(plan.source.name, hour, "failed", error=str(error) or type(error).__name__)
    return Outcome(
        source=plan.source.name,
        archive_hour=hour,
        state="loaded" if result.loaded else "skipped",
        counts={**{name: value for name, value in note_counts(note).items() if name != "distinct"}, **result.counts},
        schema_changes=result.schema_changes,
        seconds=time.monotonic() - started,
        warnings=result.warnings,
    )


def _work(settings: Settings, plan: Plan, choice: Choice, told: Told) -> tuple[HourNote, LoadResult]:
    hour, started = plan.state.archive_hour, time.monotonic()
    restored = is_retired(settings.lake, plan.source.name, hour)
    note, written = normalize_hour(
        settings, plan.source, plan.state.manifest, accept_removals=choice.accept_removals, reload=choice.reload
    )
    spent = time.monotonic() - started
    told(
        "events",
        hour,
        {
            **note_counts(note),
            "written": written,
            **({"restored": True} if restored else {}),
            "seconds": round(spent, 2),
        },
    )
    result = load_note(settings, plan.source, note, reload=choice.reload)
    spent = time.monotonic() - started - spent
    moved: dict[str, object] = {name: result.counts[name] for name in MOVED if name in result.counts}
    told("warehouse", hour, {"loaded": result.loaded, **moved, "seconds": round(spent, 2)})
    return note, result
