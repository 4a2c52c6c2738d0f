"""The runs that sensors request, and how the partitions of a failed run are requested again.

Covered by tests/defs/sensors/test_pending_hours.py.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from event_assets.defs.partitions import HOURS, Grain
from event_assets.defs.summary import WHY_TAG
from loaders.interface.errors import Transient

SOURCE_TAG = "tideline/source"
PENDING_TAG = "tideline/pending"
ATTEMPT_TAG = "tideline/attempt"
REQUESTS_PER_TICK = 50
RETRY_AFTER_MINUTES = 1
"""Before a single partition is requested again; doubled after every further attempt."""
MAX_WAIT_MINUTES = 60
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dataclass(frozen=True)
class RunScope:
    """What requested runs are of: a source's partitions of a grain, and assets of the job, all of them by default.

    `in_halves`: a failed range is requested again in two halves. Not where a run does what it can of a range anyway.
    """

    source: str
    grain: Grain = HOURS
    assets: tuple[dg.AssetKey, ...] | None = None
    in_halves: bool = True
    explain: Callable[[Sequence[datetime]], str] = lambda _: ""
    """Returns in a few words what partitions lack, for the tag `tideline/why` of their run."""


def skip_busy(busy: Transient) -> dg.SkipReason:
    """Return the reason of a tick that could not read the ledger during a load."""
    return dg.SkipReason(f"The warehouse is busy; the next tick tries again: {busy}")


def request_runs(
    instance: dg.DagsterInstance, scope: RunScope, group: Sequence[datetime], states: Mapping[datetime, str]
) -> list[dg.RunRequest]:
    """Return one run for a group of partitions, or none while it waits; `states` identify what each partition lacks.

    A failed group is requested in two halves, so that a bad partition is soon alone in its run. Dagster never starts a
    run key twice, so it contains the attempt. A single partition waits before it is requested again; the wait doubles
    up to an hour.
    """
    digest = hashlib.sha256("".join(states[start] for start in group).encode()).hexdigest()[:16]
    earlier = instance.get_run_records(dg.RunsFilter(tags={SOURCE_TAG: scope.source, PENDING_TAG: digest}))
    if not earlier:
        return [_request(scope, group, digest, attempt=1)]
    if len(group) > 1 and scope.in_halves:
        half = len(group) // 2
        halves = (group[:half], group[half:])
        return [request for part in halves for request in request_runs(instance, scope, part, states)]
    ended = max(record.end_time or record.create_timestamp.timestamp() for record in earlier)
    # An end in the future is of a clock that was set back since: nobody waits for it.
    if timedelta() <= datetime.now(UTC) - datetime.fromtimestamp(ended, UTC) < retry_wait(len(earlier)):
        return []
    return [_request(scope, group, digest, attempt=len(earlier) + 1)]


def retry_wait(attempts: int) -> timedelta:
    """Return how long a partition waits after so many attempts have failed."""
    return timedelta(minutes=min(RETRY_AFTER_MINUTES * 2 ** (attempts - 1), MAX_WAIT_MINUTES))


def _request(scope: RunScope, group: Sequence[datetime], digest: str, *, attempt: int) -> dg.RunRequest:
    first, last = scope.grain.key(group[0]), scope.grain.key(group[-1])
    tags = {SOURCE_TAG: scope.source, PENDING_TAG: digest, ATTEMPT_TAG: str(attempt)}
    if why := scope.explain(group):
        tags[WHY_TAG] = why
    span = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    return dg.RunRequest(
        run_key=f"{scope.source}/{first}/{last}/{digest}/{attempt}",
        partition_key=first if first == last else None,
        tags=tags if first == last else tags | span,
        asset_selection=scope.assets,
    )


def busy_hours(instance: dg.DagsterInstance, source: str, grain: Grain = HOURS) -> set[datetime]:
    """Return the starts of the partitions of one grain in unfinished runs, whether requested by a sensor or a user."""
    runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
    return {start for run in runs if run.tags.get(SOURCE_TAG, source) == source for start in grain.of_run(run.tags)}
