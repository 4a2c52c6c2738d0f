"""A new warehouse whose catalog is that of another one, pinned: what is left to the order of loads is then nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb

from loaders.ledger import create_ledger
from loaders.warehouse import Warehouse
from tests.drive import Place

PIN = """
    INSERT INTO tideline.columns
    SELECT schema_name, table_name, column_name, type, path, FALSE AS provisional, TRUE AS pinned, 0, 0, 0, 0, 0, 0,
           first_archive_hour, first_file, last_archive_hour
    FROM other.tideline.columns
"""


def pin_catalog(where: Place, other: Path) -> Place:
    """Give a place that has no warehouse yet one with nothing but the pinned catalog of another."""
    with Warehouse.open(where.settings.warehouse).loading(where.source.schema) as session:
        create_ledger(session)
    with duckdb.connect(str(where.warehouse)) as connection:
        connection.execute(f"ATTACH '{other}' AS other (READ_ONLY)")
        connection.execute(PIN)
    return where
