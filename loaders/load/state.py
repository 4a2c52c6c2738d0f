"""The warehouse as a load finds it: the previous loads of its hours, the catalog and the tables of the schema.

Covered by tests/loaders/load/test_small_loads.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from loaders.catalog.store import read_catalog
from loaders.connection.session import Session
from loaders.interface.hour import Hour
from loaders.ledger.loads import PreviousLoad, check_schema, find_arrived, has_ledger, read_previous_loads
from loaders.load.context import LoadContext
from loaders.schema.added_columns import find_added
from loaders.schema.introspect import Layout, SchemaTables, read_schema
from loaders.schema.taken_names import find_taken
from loaders.transform.catalog import Catalog


@dataclass(frozen=True)
class WarehouseState:
    """What a load depends on. An hour staged by one state is good for any equal state."""

    previous: Mapping[datetime, PreviousLoad]
    """The newest load of each hour that has one."""
    lost: frozenset[datetime]
    """The hours that have changed rows before although the ledger has no load of them."""
    catalog: Catalog
    layout: Layout = field(compare=False)
    stamp: Hashable | None = field(default=None, compare=False)
    """Equal stamps mean that no transaction has committed in between; None where the database has no stamp."""

    def has_other_settings(self, hour: Hour) -> bool:
        """Return whether the hour was loaded by other settings than it has now."""
        previous = self.previous.get(hour.archive_hour)
        return previous is not None and previous.config_hash != hour.config_hash


def read_state(session: Session, context: LoadContext) -> WarehouseState:
    """Read the state. Raises Terminal if another source has the schema."""
    schema, refused = context.schema, context.refused
    tables = read_schema(session, schema)
    if not has_ledger(session):
        catalog = Catalog(taken={**find_taken(session, schema, tables), **refused})
        return WarehouseState({}, lost=frozenset(), catalog=catalog, layout=tables.own)
    catalog = read_load_catalog(session, source=context.source, schema=schema, tables=tables)
    catalog = replace(catalog, taken={**catalog.taken, **refused})
    previous = read_previous_loads(session, context.source, context.archive_hours)
    unknown = [hour for hour in context.archive_hours if hour not in previous]
    lost = find_arrived(session, context.source, unknown)
    return WarehouseState(previous, lost, catalog, tables.own, session.dialect.stamp())


def read_load_catalog(session: Session, *, source: str, schema: str, tables: SchemaTables) -> Catalog:
    """Return the catalog as loads go by it: columns that somebody has added count as dropped, so no event fills them.

    `tables` are those of the schema. Raises Terminal if another source has it.
    """
    check_schema(session, source=source, schema=schema)
    catalog = read_catalog(session, schema, tables.own, tables)
    return replace(catalog, dropped=catalog.dropped | find_added(session, schema, tables.own, catalog))


def refresh_state(session: Session, context: LoadContext, seen: WarehouseState) -> WarehouseState:
    """Return the state now: the one that was seen if no transaction has committed since, else read again."""
    if seen.stamp is not None and session.dialect.stamp() == seen.stamp:
        return seen
    return read_state(session, context)
