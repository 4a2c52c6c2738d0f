"""How Dagster runs things: by which executor, and whether hours are spread over its steps. The table [dagster]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from event_assets.config.parse import SettingsError, read_count, read_text, refuse_unknown

EXECUTORS: Final = ("in_process", "multiprocess", "celery", "k8s")
_KEYS: Final = ("executor", "executor_config", "fan_out", "fan_out_mib")


@dataclass(frozen=True)
class DagsterSettings:
    """The table [dagster] of the configuration file."""

    executor: str = "in_process"
    executor_config: Path | None = None
    """A YAML file with `execution: config:`, as `dagster-celery worker start -y` takes it."""
    fan_out: bool = False
    """Whether the `events` asset is a graph whose steps any number of workers take."""
    fan_out_mib: int = 128
    """MiB of archive files in one step, as they lie in the archive."""

    @property
    def task_bytes(self) -> int:
        """Bytes of archive files in one step."""
        return self.fan_out_mib << 20


def read_dagster(document: Mapping[str, Any]) -> DagsterSettings:
    """The settings of the table [dagster]; raises `SettingsError`."""
    table = document.get("dagster", {})
    if not isinstance(table, dict):
        raise SettingsError(f"dagster is a table: [dagster] with {', '.join(_KEYS)}.")
    refuse_unknown(table, _KEYS, "[dagster]")
    executor = read_text(table, "executor") or DagsterSettings.executor
    if executor not in EXECUTORS:
        raise SettingsError(f"dagster.executor is {executor!r}; use one of {', '.join(EXECUTORS)}.")
    fan_out = table.get("fan_out", DagsterSettings.fan_out)
    if not isinstance(fan_out, bool):
        raise SettingsError("dagster.fan_out is true or false, without quotes.")
    config = read_text(table, "executor_config")
    if config and executor == "in_process":
        raise SettingsError("dagster.executor_config is given, but the executor is in_process, which takes none.")
    return DagsterSettings(
        executor=executor,
        executor_config=Path(config) if config else None,
        fan_out=fan_out,
        fan_out_mib=read_count(table, "fan_out_mib", DagsterSettings.fan_out_mib),
    )
