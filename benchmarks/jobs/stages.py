"""The steps of archive -> lake timed from outside: the functions of the way are called through a clock."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from event_assets.lake.writing import write_hour as write
from event_assets.pipeline import normalize as shards

# What is called takes and gives anything: the clock passes it on.
# ruff: noqa: ANN401

Call = Callable[..., Any]
_STEPS: Final[tuple[tuple[Any, str, str], ...]] = (
    (shards, "normalize", "normalize"),
    (shards, "sort_shard", "sort"),
    (write, "write_rows", "write"),
    (write, "find_losers", "deduplicate"),
)
"""Where a function is called from, its name there, and the step that it is."""


def clock_steps() -> Counter[str]:
    """From now on the steps of this process add their seconds of wall time here; `read_steps` tells them."""
    seconds: Counter[str] = Counter()
    for module, name, step in _STEPS:
        setattr(module, name, _clocked(getattr(module, name), step, seconds))
    shards.read_chunks = _clocked_chunks(shards.read_chunks, seconds)  # type: ignore[attr-defined]
    return seconds


def read_steps(seconds: Counter[str]) -> dict[str, float]:
    """Seconds of read, normalize, spool, deduplicate and write; none where other processes do the work."""
    if not all(seconds[step] for step in ("read", "normalize", "sort", "write")):
        return {}
    return {
        "read": seconds["read"],
        "normalize": seconds["normalize"],
        "spool": seconds["sort"] - seconds["read"] - seconds["normalize"],
        "deduplicate": seconds["deduplicate"],
        "write": seconds["write"] - seconds["deduplicate"],
    }


def _clocked(call: Call, step: str, seconds: Counter[str]) -> Call:
    def clocked(*values: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return call(*values, **named)
        finally:
            seconds[step] += time.perf_counter() - started  # type: ignore[assignment]

    return clocked


def _clocked_chunks(call: Call, seconds: Counter[str]) -> Call:
    def clocked(*values: Any, **named: Any) -> Iterator[Any]:
        chunks = iter(call(*values, **named))
        while True:
            started = time.perf_counter()
            chunk = next(chunks, None)
            seconds["read"] += time.perf_counter() - started  # type: ignore[assignment]
            if chunk is None:
                return
            yield chunk

    return clocked
