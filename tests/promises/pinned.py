"""A new warehouse whose catalog is that of another one, pinned: what is left to the order of loads is then nothing."""

from __future__ import annotations

from dataclasses import replace

from loaders.catalog.store import read_catalog, write_catalog
from loaders.connection.warehouse import Warehouse
from loaders.ledger.loads import create_ledger
from loaders.schema.introspect import read_layout
from loaders.transform.catalog import Catalog, Column
from tests.drive import Place


def pin_catalog(where: Place, other: Place) -> Place:
    """Give a place that has no warehouse yet one with nothing but the pinned catalog of another, of any kind."""
    schema = where.source.schema
    with Warehouse.open(other.settings.warehouse).reading() as session:
        catalog = read_catalog(session, schema, read_layout(session, schema))
    pinned = {
        table: {name: pin(column) for name, column in columns.items()} for table, columns in catalog.tables.items()
    }
    with Warehouse.open(where.settings.warehouse).loading(schema) as session:
        create_ledger(session)
        write_catalog(session, schema, Catalog(), Catalog(pinned, catalog.dropped))
    return where


def pin(column: Column) -> Column:
    """The column with a type that stays, and no value counted yet."""
    return replace(column, provisional=False, pinned=True).with_counts([0] * len(column.counts))
