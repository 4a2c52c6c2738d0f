"""Settings of memory, and how much of it each step of an hour may hold at once.

Covered by tests/config/test_settings.py and tests/pipeline/test_shards.py.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from event_assets.config.declaration import declared, read_values, setting
from event_assets.config.kinds import COUNT, at_least
from event_assets.lake.parquet import Shape
from loaders.interface.limits import Limits

DEFAULT_MIB: Final = 1536
LEAST_MIB: Final = 768
"""Below this the program, one row group of the lake and DuckDB leave no memory for rows."""

EXPANSION: Final = 8
"""Bytes of raw data, or of staged rows, for a compressed byte of files with large events."""
_FIXED_MIB: Final = 512
"""Memory that does not follow the setting: the program, its libraries, and a row group while it is written."""
_LARGEST: Final = DEFAULT_MIB - _FIXED_MIB


def _chunk(rows: int) -> int:
    return rows * 3 // 64


@dataclass(frozen=True)
class ShardMemory:
    """What a worker process holds that normalizes one shard of an hour beside others."""

    chunk_bytes: int
    shape: Shape


@dataclass(frozen=True)
class MemoryPlan:
    """Shares of one hour's memory; the lake's half and the warehouse's half do not run at once."""

    total_bytes: int
    """Memory of one process that loads: `memory_mib`. Hours that share a load have no more bytes of staged rows."""
    chunk_bytes: int
    """Raw data read at a time: as Python objects and frames it takes about six times as much."""
    shape: Shape
    limits: Limits
    engine_bytes: int
    """DuckDB's `memory_limit` in a load; it writes the rest to its temporary folder."""
    processes: int
    """Processes that may read one hour's files at once: as many as fit, each with the memory of the least setting."""
    shard: ShardMemory


def plan_memory(
    memory_mib: int = DEFAULT_MIB, *, chunk_mib: int | None = None, processes: int | None = None
) -> MemoryPlan:
    """Return the plan for at least `LEAST_MIB`; `chunk_mib` overrides how much is read at a time, `processes`
    (one per core) how many read a large hour.

    Past the default only the engine gets more: larger chunks and runs were measured to save nothing.
    """
    available = (memory_mib - _FIXED_MIB) << 20
    rows = min(available, _LARGEST << 20)
    shape = _shape(rows)
    least = (LEAST_MIB - _FIXED_MIB) << 20
    wanted = len(os.sched_getaffinity(0)) if processes is None else processes
    return MemoryPlan(
        total_bytes=memory_mib << 20,
        chunk_bytes=_chunk(rows) if chunk_mib is None else chunk_mib << 20,
        shape=shape,
        limits=Limits(
            slice_bytes=rows // 32,
            sorted_bytes=rows // 8,
            held_bytes=rows // 16,
            rows_at_once=max(10_000, rows >> 14),
        ),
        engine_bytes=available * 5 // 8,
        processes=max(1, min(wanted, memory_mib // LEAST_MIB)),
        shard=ShardMemory(_chunk(least), replace(shape, run_bytes=_shape(least).run_bytes)),
    )


@dataclass(frozen=True)
class MemorySettings:
    """The settings of memory at the top of the configuration file."""

    memory_mib: int = setting(
        at_least(
            LEAST_MIB,
            f"{{key}} = {{value}} is too little to load an hour in: set it to {LEAST_MIB} or more "
            f"(MiB of one process; {DEFAULT_MIB} unless set).",
        ),
        DEFAULT_MIB,
        "Memory of one process that loads, in MiB.",
        more="See [large hours](large-hours.md).",
    )
    processes: int | None = setting(
        COUNT,
        None,
        "The largest number of processes that read the files of one large hour, or prepare the next hour of the lake "
        "while one loads.",
        more=f"Each counts against `memory_mib` with {LEAST_MIB} MiB.",
        unset="one per core",
    )
    chunk_mib: int | None = setting(
        COUNT,
        None,
        "Raw data read at a time, in MiB.",
        more="If it is not set, it follows `memory_mib`.",
        unset=f"`{_chunk(_LARGEST << 20) >> 20}`",
    )


MEMORY: Final = declared(MemorySettings)


def read_memory(configuration: Mapping[str, Any]) -> MemoryPlan:
    """Return the plan that the configuration file asks for; raise SettingsError."""
    settings = MemorySettings(**read_values(MEMORY, configuration))
    return plan_memory(settings.memory_mib, chunk_mib=settings.chunk_mib, processes=settings.processes)


def _shape(rows: int) -> Shape:
    return Shape(run_bytes=rows * 5 // 32, range_bytes=_chunk(rows), hashes_at_once=max(100_000, rows // 2048))
