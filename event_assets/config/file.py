"""The configuration file: which one is read, and its TOML.

Covered by tests/config/test_settings.py.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from event_assets.config.parse import HOUR_FORMAT, SettingsError

CONFIG_NAME: Final = "tideline.toml"
DEMO_CONFIG: Final = Path("demo") / CONFIG_NAME


@dataclass(frozen=True)
class ConfigFile:
    """The configuration file that is read; without a name and empty if there is none."""

    name: str | None = None
    """The path as the operator knows it."""
    text: str = field(default="", repr=False)

    def parse(self) -> Mapping[str, Any]:
        """Return the configuration; raise SettingsError if it is not valid TOML."""
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{self.name} is not valid TOML: {error}.") from None


def find_file(config: str | None, folder: Path, *, demo: bool) -> ConfigFile:
    """Return the file that `config` names, else `tideline.toml` of the folder, else with `demo` that of the demo.

    With `demo` and no such file, return the configuration that the demo would have. Raise SettingsError if the named
    file is missing or not text.
    """
    if config is not None:
        if not (folder / config).is_file():
            raise SettingsError(f"There is no configuration file {config}; check --config or TIDELINE_CONFIG.")
        return _read_file(folder, config)
    if (folder / CONFIG_NAME).is_file():
        return _read_file(folder, CONFIG_NAME)
    if not demo:
        return ConfigFile()
    if (folder / DEMO_CONFIG).is_file():
        return _read_file(folder, str(DEMO_CONFIG))
    return ConfigFile(str(DEMO_CONFIG), demo_configuration(DEMO_CONFIG.parent))


def _read_file(folder: Path, name: str) -> ConfigFile:
    try:
        return ConfigFile(name, (folder / name).read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{name} is not valid TOML: {error}.") from None


def demo_configuration(
    folder: Path, *, warehouse: str | None = None, start: datetime | None = None, end: datetime | None = None
) -> str:
    """Return the configuration of the demo in `folder`: its archive and lake, its warehouse, and its hours.

    `warehouse` is a URL, or the path of a DuckDB file; by default one in `folder`.
    """
    hours = [f'partitions_{name} = "{hour:{HOUR_FORMAT}}"' for name, hour in (("start", start), ("end", end)) if hour]
    paths = {name: json.dumps(str(folder / name)) for name in ("archive", "lake", "warehouse.duckdb", "status")}
    written = paths["warehouse.duckdb"] if warehouse is None else json.dumps(warehouse)
    top = [f"lake = {paths['lake']}", f"warehouse = {written}", 'settle = "10s"']
    top += ['look_back = "3650d"  # the hours are years old one day, and a late file is to be found at once', *hours]
    top += [f"status_page = {paths['status']}"]
    top += ["", "[dagster]", "sample_rows = 5  # the people of the demo are invented"]
    return "\n".join([*top, "", "[source]", f"archive = {paths['archive']}", 'layout = "rudderstack"', ""])
