"""The one list of what exists: every asset, check, job, schedule and sensor by name, and the module that declares it.

Where the settings have several sources, an asset lies below its source's name (`web/lake`), and the name of a job,
schedule or sensor ends with it (`load_hours_web`).

What starts an hour: `closed_hours` asks for each hour once it is over, `pending_hours` for hours whose files differ
from the ledger (late, missing, changed); `event_assets/discovery` decides both. A load records the event hours that it
changed in `tideline.arrivals`; `due_rollup_days` asks for the days of rollups that they touch.
"""

import gc
import os
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

import dagster as dg

from event_assets.config.settings import Settings, load_settings
from event_assets.config.source import Source
from event_assets.defs.assets import SourceKeys, archive_asset, lake_asset, warehouse_asset
from event_assets.defs.checks.contract import contracts_hold
from event_assets.defs.checks.counts import count_checks
from event_assets.defs.checks.files import no_bad_file, no_file_vanished
from event_assets.defs.checks.history import history_checks
from event_assets.defs.checks.noticed import clocks_are_read, ids_are_ids, ids_are_not_reused
from event_assets.defs.checks.schema import no_type_waits, within_budgets
from event_assets.defs.executors import find_executor
from event_assets.defs.fan_out import fan_out_lake_asset
from event_assets.defs.governance.audit import audit_definitions
from event_assets.defs.governance.compare import compare_job
from event_assets.defs.governance.contract import contract_job
from event_assets.defs.governance.forget import forget_job
from event_assets.defs.governance.plan import plan_job
from event_assets.defs.governance.replay import replay_job
from event_assets.defs.io_manager import LAKE_VALUES, LakeValues
from event_assets.defs.partitions import day_partitions, hour_partitions
from event_assets.defs.partitions_start import hand_over, handed_starts
from event_assets.defs.resources import Tideline
from event_assets.defs.rollups import RollupAssets, rollup_assets
from event_assets.defs.schedules import hour_schedule
from event_assets.defs.sensors.alerts import failed_checks_sensor, failed_runs_sensor
from event_assets.defs.sensors.computed_rollups import computed_sensor
from event_assets.defs.sensors.event_flow import flow_sensor
from event_assets.defs.sensors.loaded_hours import loaded_sensor
from event_assets.defs.sensors.pending_hours import pending_sensor
from event_assets.defs.sensors.rollup_days import rollup_sensor
from event_assets.defs.sensors.run_requests import SOURCE_TAG
from event_assets.defs.sensors.table_assets import table_sensor
from event_assets.defs.status_page import status_definitions
from event_assets.defs.tables.specs import Tables, ledger_specs, table_specs, tables_of_process
from event_assets.discovery.first_hours import first_hours
from event_assets.health.warehouse_tables import ShownTable

NO_TABLES: Final[Tables] = {}


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions of this environment.

    Where `partitions_start` is not set, archives are listed for it when the code location is loaded, at most once an
    hour. The processes of its runs are handed the result.
    """
    gc.freeze()  # what imports made stays: else each collection while thousands of objects are made looks through it
    settings = load_settings(os.environ, demo=True)
    starts = handed_starts(settings.sources) or first_hours(settings, datetime.now(UTC))
    return hand_over(build_definitions(settings, starts, Tideline(), tables_of_process(settings)), starts)


def build_definitions(
    settings: Settings, starts: Mapping[str, datetime], resource: Tideline, tables: Tables = NO_TABLES
) -> dg.Definitions:
    """Return everything for these settings; the partitions of each source begin at its own start.

    `tables` are those of the warehouse that are assets.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # backfill policies are called beta; a range run needs them
        return dg.Definitions.merge(
            _project(settings, resource, tables),
            status_definitions(settings, _warehouses(settings)),  # write_status_page, hourly_status_page
            *(
                _source(source, settings, starts[source.name], tables.get(source.name, ()))
                for source in settings.sources.values()
            ),
            *(audit_definitions(source, settings) for source in settings.sources.values()),  # audit_hours, daily_audit
        )


def _project(settings: Settings, resource: Tideline, tables: Tables) -> dg.Definitions:
    """Return what all sources share."""
    alerts = [failed_runs_sensor("alert_failed_runs"), failed_checks_sensor("alert_failed_checks")]
    return dg.Definitions(
        resources={"tideline": resource, LAKE_VALUES: LakeValues(tideline=resource)},
        executor=find_executor(settings.dagster),
        # tideline/arrivals, tideline/columns, tideline/loads, tideline/quarantine, tideline/restatements
        assets=list(ledger_specs(settings, _warehouses(settings))),
        sensors=[table_sensor("table_assets", settings, tables), *(alerts if settings.alerts is not None else [])],
        jobs=[forget_job, plan_job],
    )


def _warehouses(settings: Settings) -> list[dg.AssetKey]:
    return [SourceKeys.of(name, alone=len(settings.sources) == 1).warehouse for name in settings.sources]


def _source(source: Source, settings: Settings, start: datetime, tables: tuple[ShownTable, ...]) -> dg.Definitions:
    """Return what every source has of its own."""
    name, alone = source.name, len(settings.sources) == 1
    suffix = "" if alone else f"_{name}"
    keys = SourceKeys.of(name, alone=alone)  # archive, lake, warehouse
    rollups = RollupAssets.of(source, settings)  # rollups/NAME of every NAME.sql
    hours = hour_partitions(start, settings.partitions_end)
    days = day_partitions(start, settings.partitions_end)
    define_job = partial(dg.define_asset_job, tags={SOURCE_TAG: name})
    load_hours = define_job(
        f"load_hours{suffix}",
        dg.AssetSelection.assets(keys.lake, keys.warehouse),
        description="Loads archive hours into the lake and the warehouse, and runs all checks.",
    )
    check_hours = define_job(
        f"check_hours{suffix}",
        dg.AssetSelection.checks_for_assets(keys.lake, keys.warehouse),
        description="Runs all checks for hours that the command has loaded.",
    )
    recompute_rollups = define_job(
        f"recompute_rollups{suffix}",
        dg.AssetSelection.assets(*rollups.keys.values()),
        description="Recomputes days of rollups from the event tables.",
    )
    return dg.Definitions(
        assets=[
            archive_asset(source, keys, settings, hours),
            (fan_out_lake_asset if settings.dagster.fan_out else lake_asset)(name, keys, settings, hours),
            warehouse_asset(source, keys, settings, hours),
            *table_specs(source, keys, settings, tables),  # SCHEMA/TABLE of every table
            *rollup_assets(rollups, keys.warehouse, settings, days),
        ],
        asset_checks=[
            *_checks(name, keys),
            *([contracts_hold(name, keys)] if source.contracts.checked else []),
        ],
        jobs=[
            *(load_hours, check_hours, recompute_rollups, replay_job(f"replay_quarantine{suffix}", name, settings)),
            compare_job(f"compare{suffix}", name, settings),
            *([contract_job(f"check_contracts{suffix}", name, settings)] if source.contracts.events else []),
        ],
        schedules=[hour_schedule(f"closed_hours{suffix}", name, load_hours.name, hours, settings)],
        sensors=[
            pending_sensor(f"pending_hours{suffix}", name, load_hours.name, keys, hours),
            loaded_sensor(f"loaded_hours{suffix}", name, check_hours.name, keys, hours),
            flow_sensor(f"events_flow{suffix}", name, keys, settings),
            computed_sensor(f"computed_rollups{suffix}", rollups, days),
            rollup_sensor(f"due_rollup_days{suffix}", rollups, recompute_rollups.name, days),
        ],
    )


def _checks(name: str, keys: SourceKeys) -> list[dg.AssetChecksDefinition]:
    """Return the checks of one source."""
    return [
        # lines_add_up, events_add_up, lake_is_distinct, staged_add_up, rows_are_distinct, arrivals_add_up
        count_checks(name, keys),
        no_file_vanished(name, keys),
        no_bad_file(name, keys),
        clocks_are_read(name, keys),
        ids_are_ids(name, keys),
        ids_are_not_reused(name, keys),
        within_budgets(name, keys),
        no_type_waits(name, keys),
        # quarantine_rate, duplicate_rate, rescue_rate, events_flow, schema_is_stable
        history_checks(name, keys),
    ]
