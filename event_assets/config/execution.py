"""Settings of how Dagster runs steps: the table [dagster].

Covered by tests/defs/test_executors.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from event_assets.config.declaration import declared, read_table, setting
from event_assets.config.kinds import COUNT, PATH, SWITCH, Kind, choice
from event_assets.config.parse import SettingsError

EXECUTORS: Final = ("in_process", "multiprocess", "celery", "k8s")


SAMPLE_ROWS: Final = 5


def _read_sample(key: str, value: object) -> int:
    if isinstance(value, bool):
        return SAMPLE_ROWS if value else 0
    if not isinstance(value, int) or value < 0:
        raise SettingsError(f"{key} must be a whole number of rows, true or false.")
    return value


SAMPLE: Final = Kind(
    "whole number, `true` or `false`",
    _read_sample,
    {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "boolean"}]},
)


def _read_docs(key: str, value: object) -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise SettingsError(
            f"{key} must be an http:// or https:// address with {{page}} in it, such as https://docs.example/{{page}}.html."
        )
    return value


_ADDRESS: Final = re.compile(r"https?://[^\s()<>\[\]\\]*\{page\}[^\s()<>\[\]\\]*")
"""An address that Markdown takes as the target of a link whole."""
DOCS: Final = Kind("address with `{page}`", _read_docs, {"type": "string", "pattern": rf"^{_ADDRESS.pattern}$"})


@dataclass(frozen=True)
class DagsterSettings:
    """The table [dagster] of the configuration file."""

    executor: str = setting(
        choice(*EXECUTORS),
        "in_process",
        "The executor of Dagster's steps: `in_process`, `multiprocess`, `celery` or `k8s`.",
        more="See [more than one machine](cluster.md).",
    )
    executor_config: Path | None = setting(
        PATH,
        None,
        "A YAML file with `execution: config:` for the executor, as `dagster-celery worker start -y` reads it.",
        unset="none",
    )
    fan_out: bool = setting(
        SWITCH,
        default=False,
        text="Whether large hours and backfills are cut into steps that any worker runs.",
    )
    fan_out_mib: int = setting(COUNT, 128, "MiB of archive files in such a step, as stored.")

    sample_rows: int = setting(
        SAMPLE,
        0,
        "How many rows of each load are shown on its partition's page: a number, `true` for 5, or `false` for none.",
        more="Dagster keeps them in its event log, with ids of users, and `tideline forget` does not reach them there.",
    )

    docs: str | None = setting(
        DOCS,
        None,
        "Where these pages are to be read: an address with `{page}` in it, such as "
        "`https://docs.example/docs/{page}.html`. Summaries of hours then link to the page that explains them.",
        unset="none",
    )

    @property
    def task_bytes(self) -> int:
        """Bytes of archive files in one step."""
        return self.fan_out_mib << 20


DAGSTER: Final = declared(DagsterSettings)


def read_dagster(configuration: Mapping[str, Any]) -> DagsterSettings:
    """Return the settings of the table [dagster]; raise SettingsError."""
    settings = DagsterSettings(**read_table(DAGSTER, configuration, "dagster"))
    if settings.executor_config and settings.executor == "in_process":
        raise SettingsError("dagster.executor_config is given, but the executor is in_process, which takes none.")
    return settings
