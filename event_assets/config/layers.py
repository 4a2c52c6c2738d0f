"""Layers of settings: the configuration file, over it environment variables, over them the flags of the command.

Covered by tests/config/test_settings.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from event_assets.config.alerts import ALERTS, VARIABLE
from event_assets.config.counted import BUDGETS, CHECKS
from event_assets.config.declaration import Setting
from event_assets.config.execution import DAGSTER
from event_assets.config.file import ConfigFile, find_file
from event_assets.config.memory import MEMORY
from event_assets.config.parse import SettingsError, refuse_unknown
from event_assets.config.settling import SETTLING
from event_assets.config.source_table import SOURCE
from event_assets.config.top_table import TOP

TOP_LEVEL: Final[Mapping[str, Setting]] = {**TOP, **SETTLING, **MEMORY}
"""The settings at the top of the file."""
TABLES: Final[Mapping[str, Mapping[str, Setting]]] = {
    "dagster": DAGSTER, "alerts": ALERTS, "budgets": BUDGETS, "checks": CHECKS,
}  # fmt: skip
"""The settings of the tables that there is one of."""

KEYS: Final = (*TOP_LEVEL, "source", "sources", *TABLES)

OF_SOURCE: Final = ("archive", "layout", "mapping")
OF_TOP: Final = ("lake", "warehouse")

Key = tuple[str, ...]
"""The path of a setting in the file, such as `("sources", "web", "layout")`."""


@dataclass(frozen=True)
class Flags:
    """The flags of the command; they override the environment, which overrides the file."""

    archive: str | None = None
    layout: str | None = None
    lake: str | None = None
    warehouse: str | None = None
    config: str | None = None
    mapping: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Layers:
    """The configuration with the values of flags and variables in the positions of the file's."""

    file: ConfigFile
    top: Mapping[str, Any] = field(repr=False)
    sources: Mapping[str, Mapping[str, Any]] = field(repr=False)
    """The tables of the sources, by name."""
    alone: bool
    """Whether the file has a single source."""
    overrides: Mapping[Key, str]
    """The flag or variable that gives a value, by the key that it overrides."""

    def source_key(self, source: str, name: str) -> Key:
        """Return the path of a setting of a source."""
        return ("sources", source, name) if "sources" in self.top else ("source", name)


def read_layers(environment: Mapping[str, str], flags: Flags, folder: Path, *, demo: bool) -> Layers:
    """Return the layers, their keys checked; raise SettingsError."""
    config = flags.config or environment.get("TIDELINE_CONFIG") or None
    given = _overrides(flags, environment)
    file = find_file(config, folder, demo=demo and not given.keys() & {"archive", "lake", "warehouse"})
    configuration = dict(file.parse())
    refuse_unknown(configuration, KEYS, "the configuration file")
    tables = _source_tables(configuration)
    chosen = _choose(tables, flags.source)
    if len(chosen) > 1 and given.keys() & set(OF_SOURCE):
        raise SettingsError(
            f"An archive, layout or mapping was given for one source, but the configuration has {', '.join(tables)}: "
            "choose one with --source, or unset TIDELINE_ARCHIVE and TIDELINE_LAYOUT."
        )
    layers = Layers(file, configuration, chosen, len(tables) == 1, {})
    return _with_overrides(layers, given, environment)


def _overrides(flags: Flags, environment: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the values of flags and variables with where they are from, by the name of their setting."""
    found: dict[str, tuple[str, str]] = {}
    for name, declared in {**SOURCE, **TOP}.items():
        if declared.variable and (value := environment.get(declared.variable)):
            found[name] = (value, declared.variable)
    for part in fields(flags):
        if part.name in (*OF_SOURCE, *OF_TOP) and (value := getattr(flags, part.name)):
            found[part.name] = (value, f"--{part.name}")
    return found


def _source_tables(configuration: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    if "source" in configuration and "sources" in configuration:
        raise SettingsError("Use either one [source] table or [sources.NAME] tables, not both.")
    tables = configuration.get("sources") or {"default": configuration.get("source", {})}
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise SettingsError("Every source is a table: [source], or [sources.NAME] where there are several.")
    return tables


def _choose(tables: Mapping[str, Mapping[str, Any]], source: str | None) -> Mapping[str, Mapping[str, Any]]:
    if source is None:
        return tables
    if source not in tables:
        raise SettingsError(f"There is no source {source!r}; the configuration has {', '.join(tables)}.")
    return {source: tables[source]}


def _with_overrides(layers: Layers, given: Mapping[str, tuple[str, str]], environment: Mapping[str, str]) -> Layers:
    top, sources = dict(layers.top), dict(layers.sources)
    overrides: dict[Key, str] = {}
    for name, (value, origin) in given.items():
        if name in OF_TOP:
            table = top.get(name)
            top[name] = {**table, "url": value} if isinstance(table, dict) else value
            overrides[name,] = origin
        else:
            (source,) = sources
            sources[source] = {**sources[source], name: value}
            overrides[layers.source_key(source, name)] = origin
    alerts = top.get("alerts", {})
    if environment.get(VARIABLE) and isinstance(alerts, dict):
        top["alerts"] = {**alerts, "webhook": {"env": VARIABLE}}
        overrides["alerts", "webhook"] = VARIABLE
    return replace(layers, top=top, sources=sources, overrides=overrides)
