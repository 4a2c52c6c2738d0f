"""The job that compares the tables with those of another loader, as `tideline compare` does (contract §13).

Covered by tests/defs/governance/test_compare_job.py.
"""

from collections.abc import Sequence

import dagster as dg
from pydantic import Field

from event_assets.config.settings import Settings, SettingsError, parse_range, redacted
from event_assets.defs.assets import warehouse_pool
from event_assets.defs.metadata import Metadata, markdown_table
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import SOURCE_TAG
from event_assets.health.compare.result import ROWS, Comparison

SHOWN = 100
"""Examples in the metadata of a run."""


class CompareConfig(dg.Config):
    """What is compared: everything in the other schema, unless it is narrowed."""

    schema_name: str = Field(description="The schema of the other loader, in the same warehouse.")
    start: str | None = Field(default=None, description="First event hour or day, such as 2026-01-31T07 (UTC).")
    end: str | None = Field(default=None, description="Last event hour or day, which is included.")
    tables: list[str] = Field(default=[], description="Only these tables; none: all.")
    rows: int = Field(default=ROWS, ge=1, description="Rows of a table that differ and are looked at.")


def compare_job(job: str, source_name: str, settings: Settings) -> dg.JobDefinition:
    """Return the job of one source."""

    @dg.op(name=f"{job}_schemas", pool=warehouse_pool(settings), out=dg.Out(dg.Nothing))
    def compare_op(context: dg.OpExecutionContext, config: CompareConfig, tideline: Tideline) -> None:
        from event_assets.health.compare.compare import (  # only a run needs these, and not the definitions
            Compared,
            compare_schemas,
        )

        now = tideline.settings_of(source_name)
        try:
            start, end = parse_range(config.start, config.end)
            choice = Compared(config.schema_name, start, end, tuple(config.tables), config.rows)
            found = compare_schemas(now, choice)
        except SettingsError as error:
            raise dg.Failure(redacted(str(error)), allow_retries=False) from None
        for note in found.notes:
            context.log.warning(note)
        metadata: Metadata = {
            "findings": found.findings,
            "explained_rows": found.explained,
            "tables": dg.MetadataValue.md(_tables(found)),
            "rules": dg.MetadataValue.md(markdown_table(("rule", "rows"), list(found.rules.items()))),
            "examples": dg.MetadataValue.md(_examples(found)),
        }
        if found.findings:
            message = f"{found.here} and {found.there} differ: {found.findings} findings to look at"
            raise dg.Failure(message, metadata=metadata, allow_retries=False)
        context.add_output_metadata(metadata)

    @dg.job(
        name=job,
        tags={SOURCE_TAG: source_name},
        description="Compares the tables with those of RudderStack or Segment in another schema. Nothing is written; a "
        "run fails where something differs that the contract does not explain.",
    )
    def run() -> None:
        compare_op()

    return run


def _tables(found: Comparison) -> str:
    rows = [
        (table.table, table.here, table.there, len(table.days), table.explained, table.findings)
        for table in found.tables
    ]
    return markdown_table(("table", "here", "there", "days that differ", "explained", "to look at"), rows)


def _examples(found: Comparison) -> str:
    rows: Sequence[tuple[str, ...]] = [
        (table.table, one.day, one.kind, one.id, one.column, one.here, one.there)
        for table in found.tables
        for one in table.examples
        if one.rule is None
    ]
    return markdown_table(("table", "day", "kind", "id", "column", "here", "there"), rows[:SHOWN])
