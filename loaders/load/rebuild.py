"""Rows made anew from the lake, where they stand as sent, after a column's type has changed (contract §6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from loaders.connection.session import Name, Session
from loaders.interface.errors import Terminal
from loaders.interface.hour import Hour
from loaders.interface.limits import Limits
from loaders.load.lake_lookup import KEYS, look_up
from loaders.load.merge import insert_names
from loaders.load.winners import Rows
from loaders.schema.evolve import IDENTIFIES, USERS, Change, NewType
from loaders.staging.stage import StagingOptions, stage_rows
from loaders.staging.staged import StagedTable
from loaders.transform.catalog import Budgets, Catalog
from loaders.transform.standard_columns import HOME_TABLES

_KINDS = {table: kind for kind, table in HOME_TABLES.items()}


def mark_rows(session: Session, schema: str, changes: Iterable[Change], before: Catalog) -> int:
    """Mark the rows that these changes make anew; how many. Comes before the changes: it looks at the old values.

    `before` is the catalog before the load: a column that had floats while it could not widen has rescued them.
    """
    session.run("load/rebuild/create_marked")
    marked = 0
    for change in changes:
        if not isinstance(change, NewType) or change.table == USERS:
            continue
        names: dict[str, Name] = {"table": (schema, change.table), "column": change.column}
        values = {"name": change.table, "type": _KINDS.get(change.table, "track")}
        if change.widened:
            marked += session.run("load/rebuild/mark_wide", names, **values)
            known = before.table(change.table).get(change.column)
            if known is not None and known.floats:
                marked += session.run("load/rebuild/mark_rescued", names, **values, words=_words(change.column))
        else:
            marked += session.run("load/rebuild/mark_retyped", names, **values, words=_words(change.column))
    return marked


def refuse_retired(session: Session, hour: Hour, changes: Iterable[Change]) -> None:
    """Terminal where a column would widen to float whose integers no float holds, and an hour that brought some has
    left the lake: they could not be read again as they were sent."""
    for change in changes:
        if isinstance(change, NewType) and change.widened and change.table != USERS:
            names: dict[str, Name] = {"table": (hour.schema, change.table), "column": change.column}
            for row in session.rows("load/rebuild/wide_hours", names):
                archive_hour = row.archive_hour.astimezone(UTC)
                if hour.retired(archive_hour):
                    raise Terminal(
                        f"{change.table}.{change.column} cannot become float: it has integers that no float holds, and "
                        f"hour {archive_hour:%Y-%m-%dT%H}, which brought some, has left the lake; pin the column as "
                        "int (tideline catalog export, then import of the file with that line alone)"
                    )


def stage_marked(
    session: Session, hour: Hour, catalog: Catalog, *, folder: Path, budgets: Budgets, limits: Limits
) -> tuple[StagedTable, ...]:
    """The marked rows of other hours by the catalog after this load; those of this hour are staged already.

    They are asked for hour by hour, and so many at a time.
    """
    keys = _marked_rows(session).filter(pl.col("archive_hour") != hour.archive_hour)
    return tuple(
        table
        for number, (_, group) in enumerate(keys.group_by("archive_hour", maintain_order=True))
        for table in stage_rows(
            look_up(hour, group, limits=limits),
            catalog,
            StagingOptions(folder / str(number), budgets, limits),
            tables=frozenset(group["table_name"]),
        )
    )


def rebuild_rows(session: Session, schema: str, made: Iterable[Rows], uuid_ts: datetime) -> None:
    """Put staged rows in the place of marked ones that still stand and that this load has not written."""
    session.run("load/rebuild/create_standing")
    tables = set(_marked_rows(session)["table_name"])
    for rows in made:
        if rows.table.name in tables:
            replace_rows(session, schema, rows, uuid_ts)


def replace_rows(session: Session, schema: str, rows: Rows, uuid_ts: datetime) -> None:
    """Put staged rows of one table in the place of its marked ones, counted for `arrivals`."""
    names, table = insert_names(session, schema, rows), rows.table.name
    session.run("load/rebuild/empty_standing")
    session.run("load/rebuild/find_standing", names, name=table, uuid_ts=uuid_ts)
    session.run("load/rebuild/count_out")
    session.run("load/rebuild/count_in", names, name=table)
    if table == IDENTIFIES:
        session.run("load/users/touch_standing", {"identifies": (schema, table)})
    session.run("load/rebuild/delete", names)
    session.run("load/rebuild/insert", names, uuid_ts=uuid_ts)


def _marked_rows(session: Session) -> pl.DataFrame:
    schema = {"table_name": pl.String(), **KEYS}
    return pl.DataFrame([tuple(row) for row in session.rows("load/rebuild/marked")], schema=schema, orient="row")


def _words(column: str) -> str:
    """A pattern for a rescued value's path that the column's name may have come from."""
    return "%".join(["", *filter(None, column.split("_")), ""])
