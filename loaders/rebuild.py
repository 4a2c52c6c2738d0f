"""Rows made anew from the lake, where they stand as sent, after a column's type has changed (SPEC §6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from event_assets.tables.catalog import Budgets, Catalog
from event_assets.tables.columns import HOME_TABLES
from loaders.contest import Rows, make_readable
from loaders.evolve import IDENTIFIES, USERS, Change, NewType
from loaders.hour import Hour
from loaders.lookups import KEYS, look_up
from loaders.merge import insert_names
from loaders.session import Name, Session
from loaders.stage import stage_rows

_KINDS = {table: kind for kind, table in HOME_TABLES.items()}


@dataclass(frozen=True)
class Maker:
    """What makes rows of other hours by the catalog after this load."""

    hour: Hour
    catalog: Catalog
    budgets: Budgets
    folder: Path


def mark_rows(session: Session, schema: str, changes: Iterable[Change]) -> int:
    """Mark the rows that these changes make anew; how many. Comes before the changes: it looks at the old values."""
    session.run("rebuild/create_marked")
    marked = 0
    for change in changes:
        if not isinstance(change, NewType) or change.table == USERS:
            continue
        names: dict[str, Name] = {"table": (schema, change.table), "column": change.column}
        values = {"name": change.table, "type": _KINDS.get(change.table, "track")}
        if change.widened:
            marked += session.run("rebuild/mark_wide", names, **values)
        else:
            marked += session.run("rebuild/mark_retyped", names, **values, words=_words(change.column))
    return marked


def rebuild_rows(
    session: Session, maker: Maker, brought: Iterable[Rows], *, marked: int, uuid_ts: datetime
) -> Counter[str]:
    """Put rows made anew in the place of the marked ones that still stand; rows staged for it per table.

    Those of this hour are staged already. The others are asked for hour by hour, so memory is bounded by one hour's.
    """
    staged: Counter[str] = Counter()
    if not marked:
        return staged
    session.run("rebuild/create_standing")
    keys = _marked_rows(session)
    tables = set(keys["table_name"])
    for rows in brought:
        if rows.table.name in tables:
            _replace(session, maker.hour.schema, rows, uuid_ts)
    for rows in _made_anew(session, maker, keys):
        _replace(session, maker.hour.schema, rows, uuid_ts)
        staged[rows.table.name] += rows.table.rows
    return staged


def _made_anew(session: Session, maker: Maker, keys: pl.DataFrame) -> Iterator[Rows]:
    others = keys.filter(pl.col("archive_hour") != maker.hour.archive_hour)
    for number, (_, group) in enumerate(others.group_by("archive_hour", maintain_order=True)):
        staged = stage_rows(
            look_up(maker.hour, group),
            maker.catalog,
            folder=maker.folder / str(number),
            budgets=maker.budgets,
            tables=frozenset(group["table_name"]),
        )
        yield from make_readable(session, staged)
        for table in staged:
            for file in table.files:
                file.unlink()


def _replace(session: Session, schema: str, rows: Rows, uuid_ts: datetime) -> None:
    names, table = insert_names(session, schema, rows), rows.table.name
    session.run("rebuild/empty_standing")
    session.run("rebuild/find_standing", names, name=table, uuid_ts=uuid_ts)
    session.run("rebuild/count_out")
    session.run("rebuild/count_in", names, name=table)
    if table == IDENTIFIES:
        session.run("users/touch_standing", {"identifies": (schema, table)})
    session.run("rebuild/delete", names)
    session.run("rebuild/insert", names, uuid_ts=uuid_ts)


def _marked_rows(session: Session) -> pl.DataFrame:
    schema = {"table_name": pl.String(), **KEYS}
    return pl.DataFrame([tuple(row) for row in session.rows("rebuild/marked")], schema=schema, orient="row")


def _words(column: str) -> str:
    """A pattern for a rescued value's path that the column's name may have come from."""
    return "%".join(["", *filter(None, column.split("_")), ""])
