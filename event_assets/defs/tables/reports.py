"""What loads report to the tables that they touched: rows, changes, days restated."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Self

import dagster as dg

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.defs.charts import lateness_chart
from event_assets.defs.metadata import LONGEST, Metadata, escape, example_list, fitting, markdown_table, without_empty
from event_assets.defs.partitions import partition_key
from event_assets.defs.tables.specs import LEDGER, column_lineage, column_schema, table_key
from event_assets.health.warehouse_tables import ShownTable, read_tables
from loaders.connection.session import Session
from loaders.queries.changes import TableChange, changed_tables
from loaders.queries.lateness import NewFiles, Restatement, lateness_curve, new_files, restatements
from loaders.transform.standard_columns import HOME_TABLES

SHOWN_DAYS: Final = 50
NAMED_TABLES: Final = 3
"""Tables of a day that are named at once, those that changed most."""


@dataclass(frozen=True)
class LoadedTables:
    """The tables of a source after some loads: read once, for all that a run or a tick reports of them."""

    settings: Settings
    source: Source
    tables: tuple[ShownTable, ...]

    @classmethod
    def read(cls, session: Session, settings: Settings, source: Source) -> Self:
        """Return the tables as they are now."""
        return cls(settings, source, read_tables(session, source))


def table_events(
    session: Session, loaded: LoadedTables, lake: dg.AssetKey, loads: dict[datetime, str]
) -> Iterator[dg.AssetMaterialization]:
    """Yield a materialization of each table that these loads changed, with the changes of all of them.

    `loads` are their ids by archive hour.
    """
    settings, source = loaded.settings, loaded.source
    changes = {change.table_name: change for change in changed_tables(session, source.schema, list(loads.values()))}
    if not changes:
        return
    restated = restatements(session, source.schema, loads.values())
    days = _days_by_table(restated)
    for table in loaded.tables:
        change = changes.get(HOME_TABLES["identify"] if table.name == "users" else table.name)
        if change is not None:
            metadata: Metadata = {
                "dagster/row_count": table.rows,
                **_hours(loads),
                **({} if table.name == "users" else _changes(change, [f"{day}" for day in days.get(table.name, [])])),
                "dagster/column_lineage": column_lineage(table, lake),
                **({"dagster/column_schema": column_schema(table)} if _is_new(table, loads) else {}),
            }
            yield dg.AssetMaterialization(table_key(source.schema, table.name, settings), metadata=metadata)
    yield dg.AssetMaterialization([LEDGER, "arrivals"], metadata={"source": source.name, **_hours(loads)})
    if restated:
        yield _report_restated(session, source, loads, restated)


def _days_by_table(restated: Sequence[Restatement]) -> dict[str, list[date]]:
    days: dict[str, set[date]] = {}
    for change in restated:
        days.setdefault(change.table_name, set()).add(change.day)
    return {table: sorted(of_table) for table, of_table in days.items()}


def _report_restated(
    session: Session, source: Source, loads: Mapping[datetime, str], restated: Sequence[Restatement]
) -> dg.AssetMaterialization:
    """Return what these loads restated: the newest days with table, net, reason and file, and how late rows come."""
    shown = restated[:SHOWN_DAYS]
    files = new_files(session, {change.load_id for change in shown})
    rows = [
        (f"{change.day}", change.table_name, f"{change.net:+,}", *_nonzero(change), change.reason) for change in shown
    ]
    header = ("day", "table", "net", "inserted", "updated", "deleted", "reason")
    origins = dict.fromkeys((f"{change.day}", _origin(change, files.get(change.load_id))) for change in shown)
    metadata: Metadata = {
        "source": source.name,
        **_hours(loads),
        "restated": dg.MetadataValue.md(restated_at_once(restated)),
        "restated_from": dg.MetadataValue.md(example_list([(f"{day}: {origin}",) for day, origin in origins])),
        "days": len({change.day for change in restated}),
        "net": sum(change.net for change in restated),
        "restated_rows": dg.MetadataValue.md(markdown_table(header, rows)),
        "lateness": dg.MetadataValue.md(lateness_chart(lateness_curve(session, source.name, source.schema))),
    }
    return dg.AssetMaterialization([LEDGER, "restatements"], metadata=without_empty(metadata))


def restated_at_once(restated: Sequence[Restatement]) -> str:
    """Return the days, with their tables, net changes and reasons, as many as the page shows without a click."""
    days: dict[date, list[Restatement]] = {}
    for change in restated:
        days.setdefault(change.day, []).append(change)
    lines = [_day_line(day, changes) for day, changes in days.items()]
    shown = lines[:SHOWN_DAYS]
    while True:
        more = [f"and {len(lines) - len(shown):,} more in `{LEDGER}.restatements`"] if len(shown) < len(lines) else []
        text = "\n".join(f"* {line}" for line in [*shown, *more])
        if len(text) <= LONGEST or len(shown) == 1:
            return text
        shown = shown[:-1]


def _day_line(day: date, changes: Sequence[Restatement]) -> str:
    """Return a day with its net change, why it changed, and the tables that changed most."""
    tables: dict[str, int] = {}
    for change in changes:
        tables[change.table_name] = tables.get(change.table_name, 0) + change.net
    ranked = sorted(tables.items(), key=lambda entry: -abs(entry[1]))
    shown = [f"{escape(fitting(name))} {net:+,}" for name, net in ranked[:NAMED_TABLES]]
    if len(ranked) > NAMED_TABLES:
        shown.append(f"{len(ranked) - NAMED_TABLES} more {sum(net for _, net in ranked[NAMED_TABLES:]):+,}")
    reasons = escape(", ".join(dict.fromkeys(change.reason for change in changes)))
    return f"**{day}** ({reasons}): {', '.join(shown)}"


def _nonzero(change: Restatement) -> list[str]:
    return [f"{number:,}" if number else "" for number in (change.inserted, change.updated, change.deleted)]


def _origin(change: Restatement, files: NewFiles | None) -> str:
    """Return the hour and file that changed a day: the only file that a load had not read before, or their number."""
    if change.archive_hour is None:
        return "retention"
    hour = partition_key(change.archive_hour)
    if files is None:
        return f"{hour}, a file fewer"
    return f"{hour}, {files.file.rpartition('/')[2]}" if files.files == 1 else f"{hour}, {files.files:,} files"


def _changes(change: TableChange, days: list[str]) -> Metadata:
    counts: Metadata = {"inserted": change.inserted, "updated": change.updated, "deleted": change.deleted}
    if days:
        more = [f"and {len(days) - SHOWN_DAYS} older"] if len(days) > SHOWN_DAYS else []
        counts["days_restated"] = len(days)
        counts["restated"] = dg.MetadataValue.md(", ".join([*reversed(days[-SHOWN_DAYS:]), *more]))
    return counts


def _hours(loads: Collection[datetime]) -> Metadata:
    first, last = partition_key(min(loads)), partition_key(max(loads))
    return {"archive_hours": first if first == last else f"{first} to {last}", "loads": len(loads)}


def _is_new(table: ShownTable, loads: Collection[datetime]) -> bool:
    """Return whether these loads may have added columns, which the definitions do not have yet."""
    return any(column.first is not None and column.first in loads for column in table.columns)
