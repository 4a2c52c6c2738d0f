"""Typed settings: what the command's flags, the environment and one TOML file say, in that order of precedence."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from event_assets.anomalies.thresholds import Thresholds
from event_assets.config.alerts import Alerts, read_alerts
from event_assets.config.execution import DagsterSettings, read_dagster
from event_assets.config.memory import MemoryPlan, plan_memory, read_memory
from event_assets.config.parse import (
    HOUR_FORMAT,
    SettingsError,
    parse_duration,
    parse_hour,
    read_count,
    read_hour,
    read_table,
    read_text,
    read_texts,
    redacted,
    refuse_unknown,
)
from event_assets.config.settling import WAITS_KEYS, Waits, read_waits
from event_assets.config.source import Source
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping
from event_assets.events.mapping.mapping import MappingError, preset
from event_assets.lake.store import Lake
from loaders.transform.catalog import Budgets
from loaders.transform.selection import TYPES, Rule, Selection

__all__ = [
    "CONFIG_NAME", "DEMO_CONFIG", "HOUR_FORMAT", "Flags", "Settings", "SettingsError", "demo_document", "load_settings",
    "parse_duration", "parse_hour", "redacted", "warehouse_url",
]  # fmt: skip

C = TypeVar("C", Budgets, Thresholds)

CONFIG_NAME: Final = "tideline.toml"
DEMO_CONFIG: Final = Path("demo") / CONFIG_NAME

_TOP_KEYS: Final = (
    "lake", "warehouse", "source", "sources", "budgets", "grace", "memory_mib", "chunk_mib", "processes",
    "hours_per_run", "partitions_start", "partitions_end", "owners", "publish", "publish_every", "rollups",
    "lake_retain_days", "export", "checks", "dagster", "alerts", *WAITS_KEYS,
)  # fmt: skip
_SOURCE_KEYS: Final = (
    "archive", "layout", "framing", "schema", "rollups_schema", "mapping", "keep_members", "storage_options",
    "retain_days", "include", "exclude", "not_users",
)  # fmt: skip
_RULE_KEYS: Final = ("types", "events")
_PLACE_KEYS: Final = ("url", "storage_options")


@dataclass(frozen=True)
class Flags:
    """What was said on the command line; it wins over the environment and the file."""

    archive: str | None = None
    layout: str | None = None
    lake: str | None = None
    warehouse: str | None = None
    config: str | None = None
    mapping: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Settings:
    """Everything an operator can choose. Secrets (storage options, passwords in URLs) never show in its repr."""

    sources: Mapping[str, Source] = field(repr=False)
    lake: Lake = field(repr=False)
    warehouse: str = field(repr=False)
    budgets: Budgets = Budgets()
    checks: Thresholds = Thresholds()
    grace: timedelta = timedelta(minutes=10)
    """How long after its end an hour is taken by the schedule; what comes later is late."""
    waits: Waits = Waits()
    """What the sensor for pending hours waits for, and how far back it looks."""
    alerts: Alerts | None = None
    """Whom to tell of failed runs and checks."""
    memory: MemoryPlan = field(default_factory=plan_memory)
    """How much each part of an hour's way may hold at once."""
    hours_per_run: int = 240
    """Hours at most in one Dagster run, of a backfill or of the sensor for late files."""
    partitions_start: datetime | None = None
    partitions_end: datetime | None = None
    """First and last archive hour of the Dagster partitions; by default the archive's first, and no last."""
    owners: tuple[str, ...] = ("team:data",)
    publish: Path | None = None
    """Where a copy of a DuckDB warehouse is put for dashboards after loads, at most every `publish_every`."""
    publish_every: timedelta = timedelta(minutes=5)
    rollups: Path | None = None
    """A folder of the user's own rollups; a file of it replaces a shipped one of the same name."""
    lake_retain_days: int | None = None
    """Days of arrival before today (UTC) that stay in the lake; None keeps all."""
    export: Lake | None = field(default=None, repr=False)
    """Where event tables go as files after loads."""
    dagster: DagsterSettings = DagsterSettings()
    """By which executor Dagster runs steps, and whether an hour is spread over many of them."""


def load_settings(
    environment: Mapping[str, str], flags: Flags | None = None, *, folder: Path | None = None, demo: bool = False
) -> Settings:
    """The settings by flags, environment (`TIDELINE_*`) and TOML file; raises `SettingsError`.

    The file is `--config`, `TIDELINE_CONFIG` or `tideline.toml` in `folder` (the current one). With `demo`, where
    nothing at all is set, it is the file that `tideline demo` leaves in `demo/`, or what that file would say.
    """
    folder = folder or Path.cwd()
    said = _with_environment(flags or Flags(), environment)
    document = _read_document(said, folder, demo=demo)
    refuse_unknown(document, _TOP_KEYS, "the configuration file")
    sources = _sources(document, said)
    return Settings(
        sources=sources,
        lake=_place("lake", document.get("lake"), said.lake),
        warehouse=warehouse_url(said.warehouse or read_text(document, "warehouse") or _missing("warehouse")),
        budgets=_counts(Budgets, "budgets", document.get("budgets", {})),
        checks=_counts(Thresholds, "checks", document.get("checks", {})),
        owners=tuple(read_texts(document, "owners") or Settings.owners),
        partitions_start=read_hour(document, "partitions_start"),
        partitions_end=read_hour(document, "partitions_end"),
        grace=parse_duration(read_text(document, "grace") or "10m"),
        waits=read_waits(document),
        alerts=read_alerts(document, environment),
        memory=read_memory(document),
        hours_per_run=read_count(document, "hours_per_run", Settings.hours_per_run),
        publish=Path(copy) if (copy := read_text(document, "publish")) else None,
        publish_every=parse_duration(read_text(document, "publish_every") or "5m"),
        lake_retain_days=_lake_retain_days(document, sources),
        export=_place("export", document["export"], None) if "export" in document else None,
        dagster=read_dagster(document),
        rollups=Path(folder_of) if (folder_of := read_text(document, "rollups")) else None,
    )


def warehouse_url(text: str) -> str:
    """A SQLAlchemy URL; a plain path is taken for a DuckDB file."""
    return text if "://" in text else f"duckdb:///{text}"


def _with_environment(flags: Flags, environment: Mapping[str, str]) -> Flags:
    named = ("archive", "layout", "lake", "warehouse", "config")
    from_environment = {name: environment.get(f"TIDELINE_{name.upper()}") or None for name in named}
    given = {each.name: getattr(flags, each.name) for each in fields(flags)}
    return Flags(**{name: value or from_environment.get(name) for name, value in given.items()})


def _read_document(said: Flags, folder: Path, *, demo: bool) -> dict[str, Any]:
    if said.config is not None:
        path = folder / said.config
        if not path.is_file():
            raise SettingsError(f"There is no configuration file {said.config}; check --config or TIDELINE_CONFIG.")
        return _parse_document(path)
    if (folder / CONFIG_NAME).is_file():
        return _parse_document(folder / CONFIG_NAME)
    if demo and not (said.archive or said.lake or said.warehouse):
        path = folder / DEMO_CONFIG
        return _parse_document(path) if path.is_file() else tomllib.loads(demo_document(DEMO_CONFIG.parent))
    return {}


def _parse_document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None


def demo_document(folder: Path, *, start: datetime | None = None, end: datetime | None = None) -> str:
    """The configuration file of the demo in `folder`: its archive, lake and warehouse, and the hours it holds."""
    hours = [f'partitions_{name} = "{hour:{HOUR_FORMAT}}"' for name, hour in (("start", start), ("end", end)) if hour]
    paths = {name: json.dumps(str(folder / name)) for name in ("archive", "lake", "warehouse.duckdb")}
    top = [f"lake = {paths['lake']}", f"warehouse = {paths['warehouse.duckdb']}", 'settle = "10s"']
    top += ['look_back = "3650d"  # the hours are years old one day, and a late file is to be found at once', *hours]
    return "\n".join([*top, "", "[source]", f"archive = {paths['archive']}", 'layout = "rudderstack"', ""])


def _sources(document: Mapping[str, Any], said: Flags) -> dict[str, Source]:
    if "source" in document and "sources" in document:
        raise SettingsError("Use either one [source] table or [sources.NAME] tables, not both.")
    tables = document.get("sources") or {"default": document.get("source", {})}
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise SettingsError("Every source is a table: [source], or [sources.NAME] where there are several.")
    alone = len(tables) == 1
    if said.source is not None:
        if said.source not in tables:
            raise SettingsError(f"There is no source {said.source!r}; the configuration has {', '.join(tables)}.")
        tables = {said.source: tables[said.source]}
    if len(tables) > 1 and (said.archive or said.layout or said.mapping):
        raise SettingsError(
            f"An archive, layout or mapping was given for one source, but the configuration has {', '.join(tables)}: "
            "choose one with --source, or unset TIDELINE_ARCHIVE and TIDELINE_LAYOUT."
        )
    sources = {name: _source(name, table, said, alone=alone) for name, table in tables.items()}
    _refuse_shared_schemas(sources)
    return sources


def _source(name: str, table: Mapping[str, Any], said: Flags, *, alone: bool) -> Source:
    refuse_unknown(table, _SOURCE_KEYS, f"source {name!r}")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise SettingsError(f"A source's name has letters, digits and _ and starts with a letter: {name!r} does not.")
    return Source(
        archive=said.archive or read_text(table, "archive") or _missing("archive"),
        name=name,
        layout=said.layout or read_text(table, "layout") or "auto",
        framing=read_text(table, "framing"),
        schema=read_text(table, "schema") or "events",
        rollups_schema=read_text(table, "rollups_schema") or ("rollups" if alone else f"rollups_{name}"),
        mapping=_mapping(said.mapping or table.get("mapping")),
        keep_members=tuple(read_texts(table, "keep_members")),
        storage_options=read_table(table, "storage_options"),
        retain_days=read_count(table, "retain_days", 1) if "retain_days" in table else None,
        selection=Selection(_rule(table, "include"), _rule(table, "exclude")),
        not_users=tuple(read_texts(table, "not_users")),
    )


def _rule(table: Mapping[str, Any], key: str) -> Rule:
    """Events by type and name; none are meant where the key is not there."""
    value = table.get(key, {})
    if not isinstance(value, dict) or ("types" not in value and "events" not in value and key in table):
        raise SettingsError(
            f'{key} is a table of types and events: {key} = {{types = ["screen"], events = ["debug*"]}}.'
        )
    refuse_unknown(value, _RULE_KEYS, key)
    types, events = (tuple(read_texts(value, name)) for name in _RULE_KEYS)
    for kind in types:
        if kind not in TYPES:
            raise SettingsError(f"{key}.types names {kind!r}, which is no type of event: use {', '.join(TYPES)}.")
    return Rule(types, events)


def _refuse_shared_schemas(sources: Mapping[str, Source]) -> None:
    owners: dict[str, str] = {}
    for name, source in sources.items():
        for writer, schema in ((name, source.schema), (f"{name} (its rollups)", source.rollups_schema)):
            if (other := owners.setdefault(schema, writer)) != writer:
                raise SettingsError(
                    f"Sources {other!r} and {writer!r} both write schema {schema!r}; give each a schema of its own."
                )


def _mapping(value: object) -> EnvelopeMapping | None:
    try:
        if isinstance(value, str):
            return preset(value)
        if value is None or isinstance(value, dict):
            return EnvelopeMapping.parse(value) if value else None
    except MappingError as error:
        raise SettingsError(str(error)) from None
    raise SettingsError("mapping is a table of members, or the name of a shipped mapping in quotes.")


def _lake_retain_days(document: Mapping[str, Any], sources: Mapping[str, Source]) -> int | None:
    """Days of arrival kept in the lake; never fewer than the rows that are kept in the warehouse may need.

    An event may have happened a day after it arrived, by its own clock (contract §4), and both days are cut at
    midnight.
    """
    if "lake_retain_days" not in document:
        return None
    days = read_count(document, "lake_retain_days", 1)
    for name, source in sources.items():
        if source.retain_days is not None and days < source.retain_days + 2:
            raise SettingsError(
                f"lake_retain_days = {days} is too short: source {name!r} keeps rows for {source.retain_days} days "
                f"(retain_days), and what stands in the warehouse must stand in the lake: write "
                f"{source.retain_days + 2} or more."
            )
    return days


def _place(name: str, value: object, said: str | None) -> Lake:
    table = {"url": value} if isinstance(value, str) else {} if value is None else value
    if not isinstance(table, dict):
        raise SettingsError(f"{name} is a URL or path in quotes, or a table with url and storage_options.")
    refuse_unknown(table, _PLACE_KEYS, f"[{name}]")
    return Lake(
        url=said or read_text(table, "url") or _missing(name), storage_options=read_table(table, "storage_options")
    )


def _counts(kind: type[C], name: str, value: object) -> C:
    """A table whose keys are the fields of a dataclass, each a whole number of at least 1."""
    known = tuple(each.name for each in fields(kind))
    if not isinstance(value, dict):
        raise SettingsError(f"{name} is a table: [{name}] with {', '.join(known)}.")
    refuse_unknown(value, known, f"[{name}]")
    return kind(**{key: read_count(value, key, getattr(kind(), key)) for key in known})


def _missing(name: str) -> str:
    ways = f"give --{name}, set TIDELINE_{name.upper()}, or write {name} = ... into {CONFIG_NAME}."
    begin = f" `tideline init URL` looks at an archive and writes {CONFIG_NAME}." if name == "archive" else ""
    raise SettingsError(f"No {name} is set: {ways}{begin}")
