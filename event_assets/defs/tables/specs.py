"""Every event table, `users` and the tables of the ledger as an asset that others can depend on.

Their keys are `[schema, table]`, as dagster-dbt makes them of dbt's sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import dagster as dg

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.defs.partitions_start import is_handed_over
from event_assets.defs.resources import LEDGER_WAIT_SECONDS
from event_assets.health.warehouse_tables import ShownColumn, ShownTable, kept_tables, read_tables
from event_assets.lake.errors import LakeError
from loaders.interface.errors import WarehouseError
from loaders.transform.standard_columns import HOME_TABLES

if TYPE_CHECKING:
    from event_assets.defs.assets import SourceKeys

Tables = Mapping[str, tuple[ShownTable, ...]]
"""Source -> its tables."""

DEFAULT_SOURCE: Final = "default"
"""The name of the source of `[source]`."""
OWN_ASSETS: Final = ("archive", "lake", "warehouse", "audit")
"""The last part of the keys of a source's other assets."""
LEDGER: Final = "tideline"
LEDGER_TABLES: Final = {
    "arrivals": "Rows that each load inserted, updated and deleted, by table and event hour: a cursor for models.",
    "columns": "The catalog: every column of the event tables, with its type, its path and counts of its values.",
    "loads": "A row per load of an archive hour, with its counts.",
    "quarantine": "Lines and files that could not be read, with the reason: at most 100 of a reason and hour.",
    "restatements": "Days that were changed after they had been reported, by table, with the reason.",
}
_FOLDERS: Final = ("properties", "traits", "context")
"""Columns of the lake that contain the members of an event, by the first part of a path."""


def warehouse_kind(settings: Settings) -> str:
    """Return the kind of database that the UI shows: `duckdb`, `postgresql`."""
    return settings.warehouse.split(":")[0].split("+")[0]


def tables_of_process(settings: Settings) -> Tables:
    """Return the tables that the definitions of this process have: none in that of a run, which loads write.

    The process of a code location defines everything twice; the second time it gets what it found the first time.
    """
    if not is_handed_over():
        _FOUND.append(find_tables(settings))
    return _FOUND[-1] if _FOUND else {}


_FOUND: Final[list[Tables]] = []


def find_tables(settings: Settings) -> Tables:
    """Return the tables of every source: as the lake keeps them, else from the warehouse if it answers at once."""
    return {name: _kept(settings, source) or () for name, source in settings.sources.items()}


def _kept(settings: Settings, source: Source) -> tuple[ShownTable, ...] | None:
    try:
        if (kept := kept_tables(settings.lake, source.name)) is not None:
            return kept
        with open_ledger(settings, wait=LEDGER_WAIT_SECONDS) as session:
            return None if session is None else read_tables(session, source)
    except (WarehouseError, LakeError, OSError):
        return None  # the sensor `table_assets` finds them as soon as both answer


def table_key(schema: str, table: str, settings: Settings) -> dg.AssetKey:
    """Return the key of a table; `[schema, "tables", table]` where a source's name and asset have the plain one."""
    taken = schema in settings.sources and table in OWN_ASSETS
    return dg.AssetKey([schema, "tables", table] if taken else [schema, table])


def source_group(source: Source) -> str:
    """Return the group of a source's assets: its name, or that of its schema where it has none of its own."""
    return re.sub(r"\W", "_", source.schema if source.name == DEFAULT_SOURCE else source.name, flags=re.ASCII)


def freshness(source: Source) -> dg.FreshnessPolicy | None:
    """Return when what every load writes is stale; None if the source does not set it."""
    return None if source.fresh_within is None else dg.FreshnessPolicy.time_window(fail_window=source.fresh_within)


def table_group(source: Source) -> str:
    """Return the group of a source's tables, of which there may be hundreds."""
    return f"{source_group(source)}_tables"


def table_specs(
    source: Source, keys: SourceKeys, settings: Settings, tables: tuple[ShownTable, ...]
) -> Iterator[dg.AssetSpec]:
    """Yield the asset of each table, which the loads of `warehouse` write.

    The lineage of its columns is in what loads report, where Dagster looks for it: here it would be a fifth of what
    every reader of the definitions is sent.
    """
    for table in tables:
        yield dg.AssetSpec(
            table_key(source.schema, table.name, settings),
            deps=[keys.warehouse],
            description=f"{table.text}.",
            group_name=table_group(source),
            owners=list(settings.owners),
            kinds={"table", warehouse_kind(settings)},
            freshness_policy=freshness(source) if table.name in HOME_TABLES.values() else None,
            metadata={
                "dagster/table_name": f"{source.schema}.{table.name}",
                "dagster/column_schema": column_schema(table),
            },
        )


def ledger_specs(settings: Settings, warehouses: list[dg.AssetKey]) -> Iterator[dg.AssetSpec]:
    """Yield the assets of the ledger's tables, which all sources share."""
    for table, text in LEDGER_TABLES.items():
        yield dg.AssetSpec(
            [LEDGER, table],
            deps=warehouses,
            description=text,
            group_name=LEDGER,
            owners=list(settings.owners),
            kinds={"table", warehouse_kind(settings)},
            metadata={"dagster/table_name": f"{LEDGER}.{table}"},
        )


def column_schema(table: ShownTable) -> dg.TableSchema:
    """Return the columns with their types and what is known of them."""
    return dg.TableSchema(
        [dg.TableColumn(column.name, column.type, describe(column)) for column in table.columns],
    )


def describe(column: ShownColumn) -> str | None:
    """Return what a column is: a standard one in words, another by its path, its hours and its values."""
    if not column.path:
        return column.text or None
    parts = [f"{column.path} of the event."]
    if column.first is None or column.last is None:
        parts.append("No event has had it yet.")
    else:
        parts.append(f"First seen in {column.first:%Y-%m-%dT%H}, last in {column.last:%Y-%m-%dT%H}.")
    if column.filled is not None:
        empty = f"{1 - column.filled:.0%}"
        parts.append("Nearly every row has a value." if empty == "0%" else f"About {empty} of rows have no value.")
    if column.rescued:
        parts.append(f"{column.rescued:,} values did not fit its type and are in _rescued.")
    return " ".join(parts)


def column_lineage(table: ShownTable, lake: dg.AssetKey) -> dg.TableColumnLineage:
    """Return the column of the lake that contains each column's values: the first part of its path in the event."""
    return dg.TableColumnLineage(
        {
            column.name: [dg.TableColumnDep(lake, root)]
            for column in table.columns
            if (root := column.path.split(".")[0]) in _FOLDERS
        }
    )
