"""What `tideline config show` prints.

Covered by tests/cli/test_config.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING

from event_assets.cli.output.printing import cells, new_table, print_json, result_console

if TYPE_CHECKING:
    from event_assets.config.description.effective import Effective


def print_settings(file: str | None, settings: Sequence[Effective], *, as_json: bool) -> None:
    """Print the settings as a table, or as one JSON document."""
    if as_json:
        print_json({"file": file, "settings": [asdict(setting) for setting in settings]})
        return
    table = new_table(f"Settings, file {file or 'none'}", "key", "value", "from")
    for setting in settings:
        table.add_row(*cells(setting.key, _value(setting), _origin(setting)))
    result_console().print(table)


def _value(setting: Effective) -> str:
    """Return the value as TOML, or what applies if there is none."""
    return f"({setting.unset})" if setting.value is None else _toml(setting.value)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def _origin(setting: Effective) -> str:
    if setting.origin == "file":
        return f"{setting.name}:{setting.line}" if setting.line else f"{setting.name}"
    return setting.name or setting.origin
