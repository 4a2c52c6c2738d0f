"""What a run does about hours that failed: tried again where the trouble may pass, else an end that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

import dagster as dg

from event_assets.archive.errors import TransientArchiveError
from event_assets.config.settings import redacted
from event_assets.defs.metadata import Metadata
from event_assets.defs.partitions import HOURS, partition_key
from event_assets.lake.errors import TransientLakeError
from loaders.interface.errors import Transient

PASSING = (Transient, TransientArchiveError, TransientLakeError, ConnectionError, TimeoutError)
"""Errors after which the same may succeed without anybody doing anything."""
MAX_RETRIES = 3
FIRST_WAIT_SECONDS = 10
"""Before the first retry; doubled before each further one."""
IN_A_ROW = 3
"""As many passing failures in a row are not the hours' fault: the others would only wait for the same."""
SHOWN = 20


def is_passing(error: BaseException) -> bool:
    """Whether the same call may succeed later, by the error's class or that of what it came from."""
    while True:
        if isinstance(error, PASSING):
            return True
        if error.__cause__ is None:
            return False
        error = error.__cause__


def gives_up(failed: Mapping[datetime, Exception], last: int) -> bool:
    """Whether the `last` so many hours have all failed, and for what may pass."""
    newest = list(failed.values())[-IN_A_ROW:]
    return last >= IN_A_ROW and all(map(is_passing, newest))


def fail_run(context: dg.AssetExecutionContext, failed: Mapping[datetime, Exception], *, hours: int) -> NoReturn:
    """End the step: with a retry where any failure may pass and there were fewer than `MAX_RETRIES`, else for good."""
    first = next(iter(failed.values()))
    told = [redacted(f"{partition_key(hour)}: {error}") for hour, error in failed.items()]
    more = f"; {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    message = f"{len(failed)} of {hours} hours failed. {'; '.join(told[:SHOWN])}{more}"
    if any(map(is_passing, failed.values())) and context.retry_number < MAX_RETRIES:
        wait = FIRST_WAIT_SECONDS * 2**context.retry_number
        context.log.warning(f"{message} Tried again in {wait} s: what failed may pass.")
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=wait) from first
    raise dg.Failure(message, allow_retries=False) from first


def shown_before(context: dg.AssetExecutionContext) -> dict[datetime, Metadata]:
    """The hours that earlier tries of this step have reported, with their metadata; none in the first try."""
    if not context.retry_number:
        return {}
    records = context.instance.get_records_for_run(
        context.run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    ).records
    found = (record.asset_materialization for record in records)
    return {
        hour: dict(each.metadata)
        for each in found
        if each is not None
        and each.asset_key == context.asset_key
        and (hour := HOURS.parse(each.partition or "")) is not None
    }
