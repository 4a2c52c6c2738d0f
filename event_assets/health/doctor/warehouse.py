"""The warehouse: opened, and in every schema that is loaded a scratch table that is rolled back.

Covered by tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import Final

from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_warehouse
from event_assets.health.doctor.diagnosis import Examination
from event_assets.health.doctor.storage import compare_clocks
from event_assets.health.file_names import schemas_of, warn_of_names
from loaders.catalog.declared import warn_of_types
from loaders.catalog.import_types import read_types
from loaders.connection.warehouse import Warehouse
from loaders.queries.rights import try_rights, try_values

_WAIT: Final = 5.0
"""Seconds to wait for a load that holds the file."""


def examine_warehouse(settings: Settings) -> Examination:
    """Try the rights of a load in every schema; a file that does not exist yet is not created."""
    found = Examination("warehouse")
    with found.trying("opening"):
        warehouse = replace(open_warehouse(settings), wait=_WAIT)
        if extensions := warehouse.extensions():
            found.add("extensions", "; ".join(extensions))
        created = warehouse.is_created()
        if not created:
            _examine_folder(warehouse, found)
            found.add("opening", f"{warehouse.file or 'the catalog'} does not exist yet: the first load creates it")
        else:
            with warehouse.writing():  # where nothing answers, no schema needs a line of its own
                pass
            for schema in sorted(schemas_of(settings)):
                _examine_schema(warehouse, schema, found)
            for schema in sorted({source.schema for source in settings.sources.values()}):
                _examine_values(warehouse, schema, found)
        if created:
            _compare_declared(settings, warehouse, found)
    with found.trying("name of the file"):
        for warning in warn_of_names(settings):
            found.add("name of the file", warning, "warning")
    return found


def _examine_folder(warehouse: Warehouse, found: Examination) -> None:
    """Try whether the first load may create the file of the warehouse; the file that is created here is removed."""
    if warehouse.file is not None:
        tried, folder = "folder", warehouse.file.parent
        with found.trying(tried), TemporaryFile(dir=folder):
            found.add(tried, f"files can be created in {folder} (removed)")


def _compare_declared(settings: Settings, warehouse: Warehouse, found: Examination) -> None:
    for source in settings.sources.values():
        if source.columns.tables:
            known = read_types(warehouse, source=source.name, schema=source.schema)
            for warning in warn_of_types(known, source.columns):
                found.add(f"declared columns of {source.name}", warning, "warning")


def _examine_schema(warehouse: Warehouse, schema: str, found: Examination) -> None:
    tried = f"rights in {schema}"
    with found.trying(tried):
        written = try_rights(warehouse, schema)
        found.add(tried, "tables, columns and rows can be written (rolled back)")
        if schema == "tideline":
            compare_clocks(found, "the warehouse's", written, datetime.now(UTC))


def _examine_values(warehouse: Warehouse, schema: str, found: Examination) -> None:
    tried = f"values in {schema}"
    with found.trying(tried):
        try_values(warehouse, schema)
        found.add(tried, "a value of every type comes out as it went in; ints are widened, indexes made (rolled back)")
