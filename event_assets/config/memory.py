"""How much of the memory setting each part of an hour's way may take at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from event_assets.config.parse import SettingsError, read_count
from event_assets.lake.parquet import Shape
from loaders.interface.limits import Limits

DEFAULT_MIB: Final = 1536
LEAST_MIB: Final = 768
"""Below this the program itself, one row group of the lake and DuckDB leave no room for rows."""

_FIXED_MIB: Final = 512
"""What does not follow the setting: the program and its libraries, a row group on its way into Parquet."""
_LARGEST: Final = DEFAULT_MIB - _FIXED_MIB


@dataclass(frozen=True)
class ShardMemory:
    """What a worker process holds that normalizes one shard of an hour beside others."""

    chunk_bytes: int
    shape: Shape


@dataclass(frozen=True)
class MemoryPlan:
    """Shares of one hour's memory; the lake's half and the warehouse's half do not run at once."""

    chunk_bytes: int
    """Raw data read at a time: as Python objects and frames it takes about six times as much."""
    shape: Shape
    limits: Limits
    engine_bytes: int
    """DuckDB's `memory_limit` in a load; what does not fit goes to its temporary folder."""
    processes: int
    """How many may read one hour's files at once: no more than fit, each with what the least setting gives."""
    shard: ShardMemory


def plan_memory(
    memory_mib: int = DEFAULT_MIB, *, chunk_mib: int | None = None, processes: int | None = None
) -> MemoryPlan:
    """The shares of a setting of at least `LEAST_MIB`; `chunk_mib` overrides how much is read at a time, `processes`
    (one per core) how many read a large hour.

    Past the default only the engine gets more: larger chunks and runs were measured to save nothing.
    """
    room = (memory_mib - _FIXED_MIB) << 20
    rows = min(room, _LARGEST << 20)
    shape = _shape(rows)
    least = (LEAST_MIB - _FIXED_MIB) << 20
    wanted = len(os.sched_getaffinity(0)) if processes is None else processes
    return MemoryPlan(
        chunk_bytes=_chunk(rows) if chunk_mib is None else chunk_mib << 20,
        shape=shape,
        limits=Limits(slice_bytes=rows // 32, held_bytes=rows // 16, rows_at_once=max(10_000, rows >> 14)),
        engine_bytes=room * 5 // 8,
        processes=max(1, min(wanted, memory_mib // LEAST_MIB)),
        shard=ShardMemory(_chunk(least), replace(shape, run_bytes=_shape(least).run_bytes)),
    )


def read_memory(document: Mapping[str, Any]) -> MemoryPlan:
    """The shares as the configuration file asks for them; raises `SettingsError`."""
    chunk_mib = read_count(document, "chunk_mib", 1) if "chunk_mib" in document else None
    memory_mib = read_count(document, "memory_mib", DEFAULT_MIB)
    if memory_mib < LEAST_MIB:
        raise SettingsError(
            f"memory_mib = {memory_mib} is too little to load an hour in: set it to {LEAST_MIB} or more "
            f"(MiB of one process; {DEFAULT_MIB} unless set)."
        )
    processes = read_count(document, "processes", 1) if "processes" in document else None
    return plan_memory(memory_mib, chunk_mib=chunk_mib, processes=processes)


def _chunk(rows: int) -> int:
    return rows * 3 // 64


def _shape(rows: int) -> Shape:
    return Shape(run_bytes=rows * 5 // 32, range_bytes=_chunk(rows), hashes_at_once=max(100_000, rows // 2048))
