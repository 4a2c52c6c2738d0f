"""Where Tideline's jobs read and write: settings as an operator would have them, all at their defaults but memory."""

import os
from pathlib import Path

from event_assets.config.memory import DEFAULT_MIB, plan_memory
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.lake.store import Lake

MEMORY = "BENCHMARK_MEMORY_MIB"
"""The variable that says `memory_mib` to a job."""


def settle(archive: Path, work: Path, *, warehouse: str | None = None) -> Settings:
    """The archive as source `default`, a lake below `work` and a warehouse, by default a DuckDB file there."""
    return Settings(
        sources={"default": Source(archive=str(archive), layout="rudderstack")},
        lake=Lake(str(work / "lake")),
        warehouse=warehouse or f"duckdb:///{work / 'warehouse.duckdb'}",
        memory=plan_memory(int(os.environ.get(MEMORY, DEFAULT_MIB))),
    )
