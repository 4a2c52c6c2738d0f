"""The `lake` asset over many workers: the steps of a run's graph, planned, run and gathered (ADR 0016).

A step normalizes neighbouring whole hours, or one shard of a large hour. Steps pass plans and reports to each other as
JSON; the rows of shards pass through the lake's scratch area.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import Manifest
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.lake.errors import LakeError
from event_assets.lake.paths import format_hour
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.executors import InProcess, Storage
from event_assets.pipeline.hour import HourInLake, is_current, normalize_hour
from event_assets.pipeline.normalize import normalize_shard, scratch_job
from event_assets.pipeline.shards import Shard, cut_by_bytes


class FanOut(InProcess):
    """The steps of Dagster's graph as an executor: they have run its calls, each in a process of any machine.

    A call finds the shard that its step has left in the scratch area. Where a step has failed, the call normalizes the
    shard in this process, when its result is asked for.
    """

    storage: Storage = "scratch"

    def __init__(self, width: int) -> None:
        """Take the number of steps."""
        self.width = width


# JSON keys of plans are those of runs that may be under way during an upgrade.
class Step(msgspec.Struct, frozen=True, rename={"shards": "pieces"}):
    """The shards that one step normalizes. `layout` is the source's as the listing has recognized it."""

    key: str
    layout: str | tuple[str, ...]
    shards: tuple[Shard, ...]


class FanOutPlan(msgspec.Struct, frozen=True, rename={"steps": "tasks"}):
    """The hours of a run as they were listed, cut into the shards of steps."""

    source: str
    layout: str | tuple[str, ...]
    steps: tuple[Step, ...]

    def manifest(self, hour: datetime) -> Manifest:
        """Return the hour's files; none where the archive has none."""
        shards = self.shards(hour)
        files = tuple(file for shard in shards for file in shard.files)
        return Manifest(self.source, hour, files, ignored=max((shard.ignored for shard in shards), default=0))

    def shards(self, hour: datetime) -> list[Shard]:
        """Return the shards of the hour."""
        return [shard for step in self.steps for shard in step.shards if shard.hour == hour]


@dataclass(frozen=True)
class StepReport:
    """The result of a step: the whole hours that it has written, its seconds by hour, and the error of a failed hour.

    A failure ends nothing: a missing shard is normalized where its hour is gathered.
    """

    key: str
    written: tuple[datetime, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def plan_steps(settings: Settings, source: Source, hours: Sequence[datetime]) -> FanOutPlan:
    """List the hours and cut them into steps of about `fan_out_mib`: small hours share one, a large hour has many.

    An hour that the lake has as it is listed is never cut: it needs no work.
    """
    listing = list_hours(source, start=hours[0], end=hours[-1])
    most = settings.dagster.task_bytes
    shards: list[Shard] = []
    for hour in hours:
        manifest = listing.hours.get(hour) or Manifest(source.name, hour, ())
        large = manifest.size > most and not _is_done(settings, listing.source, manifest)
        shards += cut_by_bytes(manifest, most=most) if large else [Shard(hour, manifest.files, manifest.ignored)]
    steps = [
        Step(f"{number:04d}_{name_hours(group)}", listing.source.layout, tuple(group))
        for number, group in enumerate(fill_steps(shards, most), 1)
    ]
    return FanOutPlan(source.name, listing.source.layout, tuple(steps))


def fill_steps(shards: Sequence[Shard], most: int) -> Iterator[list[Shard]]:
    """Yield neighbouring whole hours together while they are small; a shard of a cut hour is large, and alone."""
    group: list[Shard] = []
    for shard in shards:
        alone = not shard.whole or sum(member.size for member in group) + shard.size > most
        if group and (alone or not group[-1].whole):
            yield group
            group = []
        group.append(shard)
    if group:
        yield group


def name_hours(shards: Sequence[Shard]) -> str:
    """Return the hours of a step as text of its key, which takes letters, digits and _ only."""
    first, last = (format_hour(shard.hour).replace("-", "_") for shard in (shards[0], shards[-1]))
    return first if first == last else f"{first}_to_{last}"


def run_step(settings: Settings, source: Source, step: Step) -> StepReport:
    """Write the step's whole hours into the lake and its shards into the scratch area.

    The step writes the same bytes when it runs twice, or twice at once.
    """
    source = replace(source, layout=step.layout)
    report = StepReport(step.key)
    for shard in step.shards:
        started, name = time.monotonic(), format_hour(shard.hour)
        try:
            if not shard.whole:
                normalize_shard(scratch_job(settings, source, shard))
            elif normalize_hour(settings, source, shard.manifest(source.name)).written:
                report = replace(report, written=(*report.written, shard.hour))
        except Exception as error:  # noqa: BLE001  the other hours are done; it is raised where the hour is gathered
            report.failed[name] = str(error)
        report.seconds[name] = report.seconds.get(name, 0.0) + time.monotonic() - started
    return report


def gather_hour(settings: Settings, source: Source, plan: FanOutPlan, hour: datetime) -> HourInLake:
    """Return the hour in the lake once all steps have run: write it from its shards, and normalize missing ones."""
    source, shards = replace(source, layout=plan.layout), plan.shards(hour)
    if all(shard.whole for shard in shards):
        return normalize_hour(settings, source, plan.manifest(hour))
    return normalize_hour(settings, source, plan.manifest(hour), executor=FanOut(len(shards)), shards=shards)


def _is_done(settings: Settings, source: Source, manifest: Manifest) -> bool:
    """Return whether the lake has the hour as it is listed; gathering the hour raises the error of a damaged note."""
    try:
        note = read_note(settings.lake, source.name, manifest.archive_hour)
    except LakeError:
        return False
    return note is not None and is_current(note, source, manifest)
