"""The sensor that keeps the assets of tables those of the warehouse: new ones come, dropped ones go.

Covered by tests/defs/tables/test_specs.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import dagster as dg

# Dagster exports the origin's base alone; only a code server that others call can load its definitions again.
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin

from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_ledger
from event_assets.defs.resources import LEDGER_WAIT_SECONDS, Tideline
from event_assets.defs.sensors.run_requests import skip_busy
from event_assets.defs.tables.specs import Tables, table_key
from event_assets.health.warehouse_tables import (
    ShownTable,
    Structure,
    kept_tables,
    read_structure,
    read_tables,
    structure_of,
    write_tables,
)
from loaders.connection.session import Session
from loaders.interface.errors import Transient
from loaders.interface.words import counted

RELOAD_SECONDS: Final = 45
"""How long a tick waits until the definitions are loaded again. Later they are loaded all the same."""

Structures = Mapping[str, Structure]
"""Source -> its tables, their columns and types."""


def table_sensor(name: str, settings: Settings, tables: Tables) -> dg.SensorDefinition:
    """Return the sensor; `tables` are those that the definitions have. Its cursor is what the definitions were last
    loaded for."""
    defined = _structures(tables)

    @dg.sensor(
        name=name,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Loads the definitions again when events bring a new table or column, or a table was dropped, and "
        "once a day for what is known of the columns. Starts no runs.",
        owners=list(settings.owners),
    )
    def find_tables(context: dg.SensorEvaluationContext, tideline: Tideline) -> dg.SensorResult | dg.SkipReason:
        now = tideline.settings()
        try:
            with open_ledger(now, wait=LEDGER_WAIT_SECONDS) as session:
                structures = _structures_of(session, now)
                cursor = f"{datetime.now(UTC):%Y-%m-%d} {_hash(structures)}"
                if cursor == context.cursor:
                    return dg.SkipReason("The tables and their columns are those of the definitions.")
                found = _read(session, now)
        except Transient as busy:
            return skip_busy(busy)
        _forget_dropped(context.instance, now, structures)
        for source, shown in found.items():
            write_tables(now.lake, source, shown)
        changes = _describe(defined, structures)
        if context.cursor or structures != defined:
            _load_again(context)
        return dg.SensorResult(skip_reason=f"{changes} The definitions are loaded again.", cursor=cursor)

    return find_tables


def _structures_of(session: Session | None, settings: Settings) -> Structures:
    return {
        name: {} if session is None else read_structure(session, source) for name, source in settings.sources.items()
    }


def _read(session: Session | None, settings: Settings) -> dict[str, tuple[ShownTable, ...]]:
    return {name: () if session is None else read_tables(session, source) for name, source in settings.sources.items()}


def _structures(tables: Tables) -> Structures:
    return {source: structure_of(shown) for source, shown in tables.items()}


def _hash(structures: Structures) -> str:
    return hashlib.sha256(json.dumps(structures, sort_keys=True).encode()).hexdigest()[:16]


def _forget_dropped(instance: dg.DagsterInstance, settings: Settings, structures: Structures) -> None:
    """Remove the history of tables that are no more: else their assets stay in the catalog."""
    gone = [
        table_key(source.schema, table.name, settings)
        for name, source in settings.sources.items()
        for table in kept_tables(settings.lake, name) or ()
        if table.name not in structures[name]
    ]
    if gone:
        instance.wipe_assets(gone)


def _describe(before: Structures, after: Structures) -> str:
    """Return in a sentence which tables came and went, and in how many others columns changed."""
    known, found = (
        {(source, table): columns for source, tables in structures.items() for table, columns in tables.items()}
        for structures in (before, after)
    )
    new, gone = (sorted(table for _, table in names) for names in (found.keys() - known.keys(), known.keys() - found))
    changed = sum(columns != known[name] for name, columns in found.items() if name in known)
    parts = [
        f"{len(tables)} {what}: {', '.join(tables[:5])}" for what, tables in (("new", new), ("gone", gone)) if tables
    ]
    return ". ".join([counted(len(found), "table"), *parts, f"{changed} with other columns."])


def _load_again(context: dg.SensorEvaluationContext) -> None:
    """Have the code server load the definitions in a new process; this one ends once its ticks and runs have ended.

    Not every server can: `dagster code-server start`, which `dagster dev` uses, does; `dagster api grpc` has to be
    restarted.
    """
    origin = context.code_location_origin
    if isinstance(origin, GrpcServerCodeLocationOrigin):
        origin.create_client().reload_code(timeout=RELOAD_SECONDS)
