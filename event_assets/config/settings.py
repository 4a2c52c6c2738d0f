"""The settings of a command or of Dagster: flags over the environment over one TOML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Never

from event_assets.anomalies.thresholds import Thresholds
from event_assets.config.alerts import Alerts, read_alerts
from event_assets.config.counted import BUDGETS, CHECKS
from event_assets.config.declaration import read_table, read_values
from event_assets.config.execution import DagsterSettings, read_dagster
from event_assets.config.file import CONFIG_NAME, DEMO_CONFIG, demo_configuration
from event_assets.config.governance.contracts import find_folder, read_contracts
from event_assets.config.governance.masking import make_masking
from event_assets.config.governance.selection import read_selection
from event_assets.config.layers import Flags, Layers, read_layers
from event_assets.config.memory import MemoryPlan, plan_memory, read_memory
from event_assets.config.parse import (
    HOUR_FORMAT,
    SettingsError,
    parse_duration,
    parse_hour,
    parse_range,
    redacted,
    refuse_unknown,
)
from event_assets.config.settling import Settling, read_settling
from event_assets.config.source import Source
from event_assets.config.source_table import DEFAULT_ROLLUPS_SCHEMA, NAME_PATTERN, SOURCE, SourceTable
from event_assets.config.top_table import TOP, TopTable
from event_assets.events.masking.rules import VARIABLE as MASKING_VARIABLE
from event_assets.lake.erasure.keyed_hashes import VARIABLE
from event_assets.lake.store import Lake
from loaders.transform.catalog import Budgets
from loaders.transform.standard_columns import HOME_TYPES, fixed_columns

__all__ = [
    "CONFIG_NAME", "DEMO_CONFIG", "HOUR_FORMAT", "Flags", "Settings", "SettingsError", "demo_configuration",
    "interpret", "load_settings", "parse_duration", "parse_hour", "parse_range", "redacted", "warehouse_url",
]  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """All settings, checked. Secrets (storage options, passwords in URLs) are not in its repr.

    `TopTable` and the tables beside it explain the settings.
    """

    sources: Mapping[str, Source] = field(repr=False)
    lake: Lake = field(repr=False)
    warehouse: str = field(repr=False)
    """A SQLAlchemy URL."""
    budgets: Budgets = Budgets()
    checks: Thresholds = Thresholds()
    grace: timedelta = TopTable.grace
    settling: Settling = Settling()
    alerts: Alerts | None = None
    memory: MemoryPlan = field(default_factory=plan_memory)
    hours_per_run: int = TopTable.hours_per_run
    hours_per_load: int | None = None
    partitions_start: datetime | None = None
    partitions_end: datetime | None = None
    owners: tuple[str, ...] = TopTable.owners
    publish: Path | None = None
    publish_every: timedelta = TopTable.publish_every
    rollups: Path | None = None
    contracts: Path | None = None
    """The folder of contracts, if there is one."""
    lake_retain_days: int | None = None
    export: Lake | None = field(default=None, repr=False)
    status_page: Lake | None = field(default=None, repr=False)
    dagster: DagsterSettings = DagsterSettings()
    erasure_key: str | None = field(default=None, repr=False)
    """The key of the hashes of erased persons, by TIDELINE_ERASURE_KEY alone: it is not in the file."""

    def only_source(self) -> Source:
        """Return the only source; raises `SettingsError` where there are several."""
        if len(self.sources) > 1:
            names = ", ".join(self.sources)
            raise SettingsError(f"The configuration has the sources {names}: choose one with --source.")
        (source,) = self.sources.values()
        return source


def load_settings(
    environment: Mapping[str, str], flags: Flags | None = None, *, folder: Path | None = None, demo: bool = False
) -> Settings:
    """Return the settings by flags, environment (`TIDELINE_*`) and TOML file; raise SettingsError.

    The file is `--config`, `TIDELINE_CONFIG` or `tideline.toml` in `folder` (the current one). With `demo`, if nothing
    is configured, it is the file that `tideline demo` writes to `demo/`, or the content that file would have.
    """
    return interpret(read_layers(environment, flags or Flags(), folder or Path.cwd(), demo=demo), environment)


def interpret(layers: Layers, environment: Mapping[str, str]) -> Settings:
    """Return the settings of the layers; raise SettingsError."""
    top = TopTable(**read_values(TOP, layers.top))
    key, contracts = environment.get(MASKING_VARIABLE), find_folder(top.contracts, layers.file.name)
    sources = {
        name: _source(name, table, key, alone=layers.alone, contracts=contracts)
        for name, table in layers.sources.items()
    }
    _refuse_shared_schemas(sources)
    budgets = Budgets(**read_table(BUDGETS, layers.top, "budgets"))
    _refuse_many_columns(budgets, sources)
    _refuse_short_lake(top.lake_retain_days, sources)
    return Settings(
        sources=sources,
        lake=top.lake or _missing("lake"),
        warehouse=warehouse_url(top.warehouse or _missing("warehouse")),
        budgets=budgets,
        checks=Thresholds(**read_table(CHECKS, layers.top, "checks")),
        grace=top.grace,
        settling=read_settling(layers.top),
        alerts=read_alerts(layers.top, environment),
        memory=read_memory(layers.top),
        hours_per_run=top.hours_per_run,
        hours_per_load=top.hours_per_load,
        partitions_start=top.partitions_start,
        partitions_end=top.partitions_end,
        owners=top.owners or TopTable.owners,
        publish=top.publish,
        publish_every=top.publish_every,
        rollups=top.rollups,
        contracts=contracts,
        lake_retain_days=top.lake_retain_days,
        status_page=(top.status_page or _missing("status_page")) if "status_page" in layers.top else None,
        export=(top.export or _missing("export")) if "export" in layers.top else None,
        dagster=read_dagster(layers.top),
        erasure_key=environment.get(VARIABLE),
    )


def warehouse_url(text: str) -> str:
    """Return a SQLAlchemy URL; a plain path is a DuckDB file, with every character part of the path."""
    return text if "://" in text else f"duckdb:///{text.replace('%', '%25').replace('?', '%3F')}"


def _source(
    name: str, values: Mapping[str, Any], masking_key: str | None, *, alone: bool, contracts: Path | None
) -> Source:
    refuse_unknown(values, SOURCE, f"source {name!r}")
    if not re.fullmatch(NAME_PATTERN, name):
        raise SettingsError(f"A source's name has letters, digits and _ and starts with a letter: {name!r} does not.")
    table = SourceTable(**read_values(SOURCE, values))
    return Source(
        archive=table.archive or _missing("archive"),
        name=name,
        layout=table.layout,
        time_zone=table.time_zone,
        arrival=table.arrival,
        framing=table.framing,
        schema=table.schema,
        rollups_schema=table.rollups_schema or rollups_schema(name, alone=alone),
        mapping=table.mapping,
        keep_members=table.keep_members,
        not_ids=table.not_ids,
        storage_options=table.storage_options,
        retain_days=table.retain_days,
        fresh_within=table.fresh_within,
        selection=read_selection(table.include, table.exclude, source=name, kept=table.keep_members),
        not_users=table.not_users,
        columns=table.columns,
        masking=make_masking(table.mask, masking_key, kept=table.keep_members, mapping=table.mapping),
        contracts=read_contracts(contracts, name, table.contract_mode),
    )


_LEDGER: Final = "tideline"
"""The schema of Tideline's own tables, which no source writes."""


def rollups_schema(name: str, *, alone: bool) -> str:
    """Return the schema of the rollups of a source that configures none."""
    return DEFAULT_ROLLUPS_SCHEMA if alone else f"{DEFAULT_ROLLUPS_SCHEMA}_{name}"


def _refuse_shared_schemas(sources: Mapping[str, Source]) -> None:
    """Raise SettingsError if two writers have one schema, or one has that of the ledger, in any case of letters."""
    owners: dict[str, str] = {}
    for name, source in sources.items():
        for writer, schema in ((name, source.schema), (f"{name} (its rollups)", source.rollups_schema)):
            if schema.lower() == _LEDGER:
                raise SettingsError(
                    f"Source {writer!r} writes schema {schema!r}, which has Tideline's own tables: give it another one."
                )
            if (other := owners.setdefault(schema, writer)) != writer:
                raise SettingsError(
                    f"Sources {other!r} and {writer!r} both write schema {schema!r}; give each a schema of its own."
                )


def _refuse_many_columns(budgets: Budgets, sources: Mapping[str, Source]) -> None:
    """Raise SettingsError if declared tables or columns alone exceed what events may add (contract §5)."""
    for name, source in sources.items():
        events = source.columns.tables.keys() - HOME_TYPES.keys()
        if len(events) > budgets.tables:
            raise SettingsError(
                f"Source {name!r} declares {len(events)} event tables; budgets.tables is {budgets.tables}: raise it."
            )
        for table, columns in source.columns.tables.items():
            if (number := len(columns) + len(fixed_columns("track"))) > budgets.columns:
                raise SettingsError(
                    f"Source {name!r} declares columns of {table}, which has {number} with its standard ones, and "
                    f"budgets.columns is {budgets.columns}: raise it."
                )


def _refuse_short_lake(days: int | None, sources: Mapping[str, Source]) -> None:
    """Raise SettingsError if the lake would lose hours whose rows stay in the warehouse.

    An event may happen a day after it arrived, by its own clock (contract §4), and both days are cut at midnight.
    """
    for name, source in sources.items():
        if days is not None and source.retain_days is not None and days < source.retain_days + 2:
            raise SettingsError(
                f"lake_retain_days = {days} is too short: source {name!r} keeps rows for {source.retain_days} days "
                f"(retain_days), and the lake must have every row of the warehouse: write {source.retain_days + 2} or "
                "more."
            )


def _missing(name: str) -> Never:
    """Raise SettingsError for a setting that must be configured and is not."""
    ways = f"give --{name}, set TIDELINE_{name.upper()}, or write {name} = ... into {CONFIG_NAME}."
    init = f" `tideline init URL` looks at an archive and writes {CONFIG_NAME}." if name == "archive" else ""
    raise SettingsError(f"No {name} is set: {ways}{init}")
