"""The job `forget`: erases persons as the command does (contract §13).

Dagster stores the configuration of every run, so ids are not in it: it names a file of ids that the run can read.

Covered by tests/defs/test_erasures.py.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import dagster as dg
from pydantic import Field

from event_assets.config.parse import SettingsError
from event_assets.config.settings import redacted
from event_assets.defs.metadata import markdown_table
from event_assets.defs.partitions import partition_key
from event_assets.defs.resources import Tideline
from event_assets.lake.errors import LakeError, TransientLakeError
from loaders.interface.errors import Transient, WarehouseError

if TYPE_CHECKING:
    from event_assets.pipeline.erasure.forget import Forgotten

MAX_RETRIES: Final = 3
WAIT_SECONDS: Final = 20


class ForgetConfig(dg.Config):
    """What the job is asked for."""

    file: str = Field(
        description="A CSV file with the columns user_id, anonymous_id and event_id, or with one column of user ids, "
        "where the run can read it. Remove it afterwards: it holds ids."
    )
    linked: bool = Field(default=False, description="Also the ids that identifies and aliases tie to these.")
    reason: str | None = Field(default=None, description="Recorded in tideline.erasures. Do not write an id here.")
    dry_run: bool = Field(default=False, description="Count what would be erased and erase nothing.")


@dg.op(out=dg.Out(dg.Nothing))
def erase_persons(context: dg.OpExecutionContext, config: ForgetConfig, tideline: Tideline) -> None:
    """Erase the persons of a file from lake, warehouse, quarantine, rollups and exports, for good."""
    try:
        results = _erase(config, tideline)
    except (Transient, TransientLakeError) as error:
        if context.retry_number < MAX_RETRIES:
            raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=WAIT_SECONDS) from error
        raise _failure(error) from error
    except (SettingsError, LakeError, WarehouseError) as error:
        raise _failure(error) from error
    context.add_output_metadata(
        {
            "dry_run": config.dry_run,
            "erased_rows": sum(sum(result.rows.values()) for result in results),
            "archive_hours": sum(len(result.hours) for result in results),
            "tables": dg.MetadataValue.md(_tables(results)),
            "hours": dg.MetadataValue.md(_hours(results)),
        }
    )


@dg.job(
    name="forget",
    description="Erases persons for good. The launchpad asks for a file of ids; TIDELINE_ERASURE_KEY holds the key.",
)
def forget_job() -> None:
    """Run the one op."""
    erase_persons()


def _erase(config: ForgetConfig, tideline: Tideline) -> "list[Forgotten]":
    from event_assets.pipeline.erasure.forget import forget, preview  # only a run needs these, and not the definitions
    from event_assets.pipeline.erasure.persons import link, persons_of, read_persons

    settings = tideline.settings()
    listed = read_persons(Path(config.file))
    persons = persons_of(
        users=listed.get("user_id", ()), anonymous=listed.get("anonymous_id", ()), events=listed.get("event_id", ())
    )
    if config.linked:
        persons = link(settings, persons)
    return list(preview(settings, persons)) if config.dry_run else forget(settings, persons, reason=config.reason)


def _failure(error: Exception) -> dg.Failure:
    return dg.Failure(redacted(str(error)), allow_retries=False)


def _tables(results: "list[Forgotten]") -> str:
    rows = [(result.source, table, count) for result in results for table, count in result.rows.items()]
    return markdown_table(("source", "table", "rows"), rows)


def _hours(results: "list[Forgotten]") -> str:
    rows = [(result.source, partition_key(hour)) for result in results for hour in result.hours]
    return markdown_table(("source", "archive hour"), rows)
