"""Whether two warehouses have the same rows of a source: every table is read once in each, and summed by day.

Covered by tests/pipeline/copying/test_copy.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from time import monotonic
from typing import Final

from event_assets.config.source import Source
from loaders.connection.warehouse import Warehouse
from loaders.queries.row_sums import HashSum, TableSums, read_logical, sum_rows
from loaders.schema.evolve import IDENTIFIES, USERS
from loaders.schema.introspect import read_layout
from loaders.transform.catalog import Catalog
from loaders.transform.standard_columns import OURS, USER_STANDARD, event_type_of, fixed_columns

_SESSION_SECONDS: Final = 10.0
"""How long a session is used for further tables: loads of a DuckDB file wait meanwhile, by default for a minute."""
_SHOWN: Final = 5

Columns = Mapping[str, str]
"""Column -> logical type."""
Days = Mapping[date | None, HashSum]
"""Day of event time -> the sums of its rows; None in a table without event time."""


@dataclass
class CopyAgreement:
    """What was compared, and what differs: a sentence per table."""

    rows: dict[str, int] = field(default_factory=dict)
    """Table -> its rows in the copy."""
    differences: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Columns that somebody has added to tables of the old warehouse, as `table.column`: they are not copied."""


@dataclass(frozen=True)
class CopyPair:
    """A source in two warehouses; rows of days before `kept_from` are dropped, and count nowhere but in identifies."""

    source: Source
    old: Warehouse
    new: Warehouse
    catalog: Catalog
    kept_from: date | None


def compare_tables(compared: CopyPair, on_progress: Callable[[int, int], None]) -> CopyAgreement:
    """Compare every event table and `users`; progress counts the tables of both warehouses.

    A warehouse is let go every few seconds, so that loads get their turn. Raises WarehouseError where one cannot be
    read.
    """
    found = CopyAgreement()
    old, new = (_read_shapes(warehouse, compared.source.schema) for warehouse in (compared.old, compared.new))
    old = {table: _without_added(compared.catalog, table, own, new.get(table), found) for table, own in old.items()}
    types = {table: _other_types(old[table], new[table]) for table in old.keys() & new.keys()}
    found.differences += [
        f"{table} has columns of other types: {_list(names)}" for table, names in types.items() if names
    ]
    sides = (compared.old, old, new, "old"), (compared.new, new, old, "new")
    total, numbers, sums = len(old) + len(new), count(1), list[dict[str, TableSums]]()
    on_progress(0, total)

    def count_one() -> None:
        on_progress(next(numbers), total)

    for warehouse, own, other, where in sides:
        asked = {table: columns for table, columns in sorted(own.items()) if not types.get(table)}
        sums.append(_sum_tables(compared, warehouse, asked, other, count_one))
        found.differences += [
            f"{table} has columns with values only in the {where} warehouse: {_list(sorted(side.filled))}"
            for table, side in sums[-1].items()
            if side.filled
        ]
    found.rows = {table: side.rows for table, side in sums[1].items()}
    for table in sorted(sums[0].keys() | sums[1].keys()):
        days = (_kept(compared, table, side.get(table, TableSums())) for side in sums)
        found.differences += _compare_days(table, *days)
    return found


def _read_shapes(warehouse: Warehouse, schema: str) -> dict[str, Columns]:
    with warehouse.reading() as session:
        return {table: read_logical(session, columns) for table, columns in read_layout(session, schema).items()}


def _without_added(catalog: Catalog, table: str, old: Columns, new: Columns | None, found: CopyAgreement) -> Columns:
    """Return the columns without those that somebody has added, which are noted."""
    added = set() if new is None else old.keys() - new.keys() - _made_by_loads(catalog, table)
    found.left += [f"{table}.{name}" for name in sorted(added)]
    return {name: kind for name, kind in old.items() if name not in added}


def _other_types(old: Columns, new: Columns) -> list[str]:
    found = [(name, _comparable(kind), _comparable(new.get(name, kind))) for name, kind in old.items()]
    return [f"{name} ({here}, {there})" for name, here, there in found if here != there]


def _comparable(kind: str) -> str:
    """Return the logical type, or `string` for all that is read as text: databases tell it apart in different ways."""
    return "string" if kind in ("json", "other") else kind


def _sum_tables(
    compared: CopyPair,
    warehouse: Warehouse,
    tables: Mapping[str, Columns],
    there: Mapping[str, Columns],
    on_done: Callable[[], None],
) -> dict[str, TableSums]:
    """Sum the rows of tables over the columns that they have in both warehouses."""
    sums: dict[str, TableSums] = {}
    while len(sums) < len(tables):
        with warehouse.reading() as session:
            until = monotonic() + _SESSION_SECONDS
            for table in [name for name in tables if name not in sums]:
                columns = tables[table]
                others = columns.keys() - there.get(table, columns).keys()
                with session.transaction():
                    sums[table] = sum_rows(session, compared.source.schema, table, columns, others)
                on_done()
                if monotonic() > until:
                    break
    return sums


def _made_by_loads(catalog: Catalog, table: str) -> frozenset[str]:
    if table == USERS:
        return frozenset(USER_STANDARD) | frozenset(OURS) | catalog.table(IDENTIFIES).keys()
    return fixed_columns(event_type_of(table)) | catalog.table(table).keys()


def _kept(compared: CopyPair, table: str, sums: TableSums) -> Days:
    """Return the days that retention keeps; of `identifies` and `users` it drops none."""
    if compared.kept_from is None or table in (IDENTIFIES, USERS):
        return sums.days
    return {day: one for day, one in sums.days.items() if day is not None and day >= compared.kept_from}


def _compare_days(table: str, old: Days, new: Days) -> Iterator[str]:
    days = sorted((day for day in old.keys() | new.keys() if old.get(day) != new.get(day)), key=str)
    shown = [
        f"{day or 'all rows'} ({old[day].rows if day in old else 0:,} and {new[day].rows if day in new else 0:,} rows)"
        for day in days
    ]
    if shown:
        yield f"{table} has other rows in the old and the new warehouse: {_list(shown)}"


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
